-- Counts a job to the key that ordered it, or refuses it: a key that is gone orders nothing, and none goes beyond its
-- limit. The account is locked, so orders of one key come one after the other anyway.
create function private.charge_api_key(p_job public.jobs) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_month date := private.month_of(p_job.created_at);
  v_price bigint := private.price_of(p_job);
  v_spent bigint;
  v_key private.api_keys;
begin
  select * into v_key from private.api_keys
  where id = p_job.api_key_id and user_id = p_job.user_id and (expires_at is null or expires_at > now())
  for no key update;
  if not found then
    perform private.refuse(p_status => 401, p_code => 'unauthorized', p_details => '{"reason": "key_unknown"}');
  end if;
  v_spent := case when v_key.month = v_month then v_key.spent else 0 end;
  if v_spent + v_price > v_key.monthly_limit then
    perform private.refuse(
      p_status => 402, p_code => 'spending_limit',
      p_details => jsonb_build_object('limit', v_key.monthly_limit, 'spent', v_spent, 'required', v_price)
    );
  end if;
  update private.api_keys set month = v_month, spent = v_spent + v_price where id = v_key.id;
end
$$;
