-- Who may start, keep and end an attempt, whichever way they come: `open`, or why not.
--
-- `start` begins a queued job without a claim. `keep` renews an attempt, settles single assets of it or gives it back;
-- `end` fails it; `deliver` brings its finished result. A lease belongs to the worker that took it, under its id and
-- its name. The same as `check_fence` in the edge but for `start`; a test compares them over all cases.
create function private.gate(
  p_action text, p_job public.jobs, p_lease private.leases,
  p_attempt integer, p_lease_id uuid, p_worker_id text
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_attempt integer := coalesce(p_attempt, p_job.attempt);
  v_open boolean;
begin
  if p_job.completed_at is not null then
    return 'terminal';
  end if;
  v_open := case
    when p_action = 'start' then
      p_job.status = 'queued' and p_lease_id is null and v_attempt = p_job.attempt
      and private.may_start(p_worker_id, p_job.queue)
    when v_attempt = p_job.attempt and p_lease.attempt = p_job.attempt then
      p_worker_id is not distinct from p_lease.worker_id
      and case when p_lease_id is null then p_lease.worker_id is null else p_lease_id = p_lease.lease_id end
    -- Nobody has it. A result is taken from anyone, a failure from those who never claim, and nothing can be kept.
    when v_attempt = p_job.attempt then
      p_action = 'deliver' or p_action = 'end' and p_lease_id is null and p_worker_id is null
    -- The worker was given up, finished all the same, and nobody has started again.
    else
      p_action = 'deliver' and v_attempt + 1 = p_job.attempt and p_job.status = 'queued' and p_lease.attempt is null
  end;
  return case when v_open then 'open' else 'stale' end;
end
$$;
