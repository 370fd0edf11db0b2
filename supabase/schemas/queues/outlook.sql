-- How many wait before a job and when it should be done. A position is where the queue's order puts the job;
-- fairness between users may serve it earlier or later.
create function private.outlook(p_job public.jobs, out place integer, out eta_seconds integer)
language plpgsql stable
set search_path = ''
as $$
declare
  v_own_ms bigint;
  v_ahead_ms bigint;
  v_running_ms bigint;
  v_workers integer;
begin
  if p_job.status not in ('queued', 'processing') then
    return;
  end if;
  select expected.milliseconds into v_own_ms
  from private.expected_times as expected
  where expected.job_type = p_job.job_type and expected.num_assets = p_job.num_assets;

  if p_job.status = 'processing' then
    select v_own_ms * (100 - lease.progress) / 100 into v_own_ms
    from private.leases as lease where lease.job_id = p_job.id;
    eta_seconds := ceil(v_own_ms / 1000.0);
    return;
  end if;

  select count(*) + 1, coalesce(sum(expected.milliseconds), 0)
  into place, v_ahead_ms
  from public.jobs as ahead
  join private.expected_times as expected using (job_type, num_assets)
  where ahead.queue = p_job.queue
    and ahead.status = 'queued'
    and ((-ahead.priority), ahead.created_at, ahead.id) < ((-p_job.priority), p_job.created_at, p_job.id);

  -- Without knowing better, what runs is taken to be half done.
  select coalesce(sum(expected.milliseconds), 0) / 2 into v_running_ms
  from public.jobs as running
  join private.expected_times as expected using (job_type, num_assets)
  where running.queue = p_job.queue and running.status = 'processing';

  select greatest(count(*), 1) into v_workers
  from private.workers as worker
  where p_job.queue = any (worker.queues) and not worker.paused
    and worker.last_seen_at > now() - interval '2 minutes';

  eta_seconds := ceil(((v_ahead_ms + v_running_ms) / v_workers + v_own_ms) / 1000.0);
end
$$;
