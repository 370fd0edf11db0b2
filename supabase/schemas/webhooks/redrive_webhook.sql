create function public.redrive_webhook(p_user_id uuid, p_delivery_id uuid) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return private.webhook_delivery_view(private.send_anew(p_delivery_id, p_user_id));
end
$$;

revoke all on function public.redrive_webhook from public, anon, authenticated, service_role;
grant execute on function public.redrive_webhook to ourvidz_edge;
