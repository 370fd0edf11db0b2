-- Moves a job's price from what can be spent to what is held.
create function private.hold_price(p_job public.jobs, p_available bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_price bigint := private.price_of(p_job);
begin
  if p_available < v_price then
    perform private.refuse(
      p_status => 402, p_code => 'insufficient_credits',
      p_details => jsonb_build_object('required', v_price, 'balance', p_available)
    );
  end if;
  insert into private.credit_events (kind, user_id, job_id, amount) values ('hold', p_job.user_id, p_job.id, v_price);
end
$$;
