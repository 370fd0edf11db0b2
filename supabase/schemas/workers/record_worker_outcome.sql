-- A worker that fails one job after the other burns everybody's attempts just as one that dies does: it gets no
-- more until an operator has looked at it.
--
-- A job counts once, however often it fails on the same worker, so that two jobs that nobody can make do not
-- stop a deployment with a single worker. What the content policy ends, what its owner calls off and what is
-- given back is nobody's failure.
create function private.record_worker_outcome(p_worker_id text, p_job public.jobs, p_attempt integer) returns void
language plpgsql
set search_path = ''
as $$
declare
  c_failures_in_a_row constant integer := 5;
  v_failures integer;
begin
  v_failures := case
    when p_job.status = 'failed' and p_job.error_code is distinct from 'content_policy'
      or p_job.status = 'queued' and p_job.attempt > p_attempt
    then (
      select 1 where not exists (
        select from private.job_errors as earlier
        where earlier.job_id = p_job.id and earlier.worker_id = p_worker_id and earlier.attempt < p_attempt
      )
    )
  end;
  update private.workers as worker
  set last_seen_at = now(),
      state = 'idle',
      current_job = null,
      losses = case when p_job.status = 'completed' then 0 else worker.losses + coalesce(v_failures, 0) end,
      paused = worker.paused or coalesce(worker.losses + v_failures >= c_failures_in_a_row, false),
      paused_reason = case
        when not worker.paused and worker.losses + v_failures >= c_failures_in_a_row
        then 'failed or lost ' || worker.losses + v_failures || ' jobs in a row'
        else worker.paused_reason
      end
  where worker.worker_id = p_worker_id;
end
$$;
