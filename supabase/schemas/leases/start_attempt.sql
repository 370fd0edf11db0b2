-- Gives a queued, locked job to a worker: the row, the lease, the keys of this attempt, the event.
create function private.start_attempt(
  p_job public.jobs, p_lease_id uuid, p_worker_id text, p_lease_seconds bigint
) returns private.leases
language plpgsql
set search_path = ''
as $$
declare
  v_lease private.leases;
begin
  update public.jobs
  set status = 'processing', progress = 0, started_at = coalesce(started_at, now())
  where id = p_job.id;
  insert into private.leases (job_id, lease_id, attempt, worker_id, until)
  values (p_job.id, p_lease_id, p_job.attempt, p_worker_id, now() + private.seconds(p_lease_seconds))
  returning * into v_lease;
  delete from private.outbox where job_id = p_job.id;
  -- From here on a report of an earlier attempt counts for nothing, so nobody needs its files.
  perform private.schedule_deletions(p_job.id, p_job.attempt);
  insert into private.attempt_keys (job_id, attempt, index, role, bucket, key)
  select p_job.id, p_job.attempt, file.index, file.role, p_job.job_type, file.key
  from private.keys_of_attempt(p_job) as file
  on conflict do nothing;
  if p_worker_id is not null then
    update private.workers set state = 'busy', current_job = p_job.id where worker_id = p_worker_id;
  end if;
  perform private.add_event(
    p_user_id => p_job.user_id, p_job_id => p_job.id, p_kind => 'processing',
    p_data => jsonb_build_object('status', 'processing', 'attempt', p_job.attempt)
  );
  return v_lease;
end
$$;
