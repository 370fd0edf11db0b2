create function public.my_webhook_deliveries(
  p_limit integer, p_status text default null, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_deliveries jsonb;
begin
  if p_status is null then
    select jsonb_agg(private.webhook_delivery_view(page) order by page.created_at desc, page.id desc)
    into v_deliveries
    from (
      select * from public.webhook_deliveries
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc limit private.page_size(p_limit)
    ) as page;
  else
    select jsonb_agg(private.webhook_delivery_view(page) order by page.created_at desc, page.id desc)
    into v_deliveries
    from (
      select * from public.webhook_deliveries
      where user_id = v_user_id and status = p_status
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc limit private.page_size(p_limit)
    ) as page;
  end if;
  return coalesce(v_deliveries, '[]');
end
$$;

revoke all on function public.my_webhook_deliveries from public, anon, authenticated, service_role;
grant execute on function public.my_webhook_deliveries to authenticated, ourvidz_edge;
