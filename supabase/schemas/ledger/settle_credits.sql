-- Moves what a job was charged and given back out of what it held; its row says the same. What the service has
-- paid goes back to where it came from.
create function private.settle_credits(p_job public.jobs, p_charged bigint, p_released bigint) returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_charged > 0 then
    insert into private.credit_events (kind, user_id, job_id, amount)
    values ('charge', p_job.user_id, p_job.id, p_charged);
  end if;
  if p_released > 0 then
    insert into private.credit_events (kind, user_id, job_id, amount)
    values (case when p_job.granted then 'return' else 'release' end, p_job.user_id, p_job.id, p_released);
  end if;
  update private.accounts
  set available = available + case when p_job.granted then 0 else p_released end,
      held = held - p_charged - p_released,
      spent = spent + p_charged
  where user_id = p_job.user_id and p_charged + p_released > 0;
end
$$;
