create function public.admin_redeliver(p_actor text, p_delivery_id uuid, p_reason text default null) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_delivery public.webhook_deliveries;
begin
  perform private.require_edge();
  v_delivery := private.send_anew(p_delivery_id);
  insert into private.admin_actions (actor, action, job_id, user_id, reason, details)
  values (
    p_actor, 'redeliver', v_delivery.job_id, v_delivery.user_id, p_reason,
    jsonb_build_object('delivery', v_delivery.id)
  );
  return private.webhook_delivery_view_of_operators(v_delivery);
end
$$;

revoke all on function public.admin_redeliver from public, anon, authenticated, service_role;
grant execute on function public.admin_redeliver to ourvidz_edge;
