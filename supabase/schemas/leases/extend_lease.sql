-- Extends the lease that the worker holds; none when it is another's by now. Never locks the job's row. That a step
-- preview came along is told with the progress; the preview itself is none of the database's business.
create function private.extend_lease(
  p_job public.jobs, p_attempt integer, p_lease_id uuid, p_worker_id text, p_progress smallint,
  p_lease_seconds bigint, p_step_preview boolean
) returns private.leases
language plpgsql
set search_path = ''
as $$
declare
  -- Browsers draw no more than that, and each event is a row that is kept for a month.
  c_tell_every constant interval := interval '2 seconds';
  v_before private.leases;
  v_lease private.leases;
begin
  select * into v_before from private.leases where job_id = p_job.id for no key update;
  if private.gate(
    p_action => 'keep', p_job => p_job, p_lease => v_before,
    p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id
  ) <> 'open' then
    return null;
  end if;
  update private.leases
  set until = greatest(until, clock_timestamp() + private.seconds(p_lease_seconds)),
      progress = greatest(progress, p_progress),
      told_at = case
        when (p_progress > progress or p_step_preview) and told_at < clock_timestamp() - c_tell_every
          then clock_timestamp()
        else told_at
      end
  where job_id = p_job.id
  returning * into v_lease;
  update private.workers set last_seen_at = now()
  where worker_id = coalesce(p_worker_id, private.unnamed_worker(p_job.queue));
  if v_lease.told_at > v_before.told_at then
    perform private.add_events(
      p_user_id => p_job.user_id, p_job_id => p_job.id, p_kinds => array['progress'],
      p_data => array[jsonb_build_object(
        'status', 'processing', 'attempt', p_job.attempt, 'progress', v_lease.progress
      ) || case when p_step_preview then '{"step_preview": true}' else '{}' end::jsonb]
    );
  end if;
  return v_lease;
end
$$;
