-- Everybody's webhook deliveries for operators, the newest first.
create function public.admin_deliveries(
  p_limit integer, p_status text default null, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_deliveries jsonb;
begin
  perform private.require_edge();
  -- With the status in its text, the few that failed are found by their own index.
  execute format(
    $query$
      select jsonb_agg(private.webhook_delivery_view_of_operators(page) order by page.created_at desc, page.id desc)
      from (
        select * from public.webhook_deliveries
        where (created_at, id) < ($1, $2) and %s
        order by created_at desc, id desc limit $3
      ) as page
    $query$,
    case when p_status is null then 'true' else format('status = %L', p_status) end
  )
  into v_deliveries
  using private.page_start(p_before), private.page_start_id(p_before_id), private.page_size(p_limit);
  return coalesce(v_deliveries, '[]');
end
$$;

revoke all on function public.admin_deliveries from public, anon, authenticated, service_role;
grant execute on function public.admin_deliveries to ourvidz_edge;
