-- Sends a delivery anew, from the first step, and lets its receiver be called again if it had asked not to be. Not
-- sooner than a pause after the last try: this is no way to knock at somebody's door without end. With a user, only
-- what is theirs.
create function private.send_anew(p_delivery_id uuid, p_user_id uuid default null) returns public.webhook_deliveries
language plpgsql
set search_path = ''
as $$
declare
  c_pause constant interval := interval '10 seconds';
  v_delivery public.webhook_deliveries;
begin
  update public.webhook_deliveries
  set status = 'pending',
      step = 0,
      delivered_at = null,
      -- While somebody sends it, it stays theirs.
      next_attempt_at = greatest(
        now(), last_attempt_at + c_pause, case when lease_id is not null then next_attempt_at end
      )
  where id = p_delivery_id and user_id = coalesce(p_user_id, user_id)
  returning * into v_delivery;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  delete from private.webhook_disabled where user_id = v_delivery.user_id and url = v_delivery.url;
  return v_delivery;
end
$$;
