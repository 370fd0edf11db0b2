-- Gives a queued, locked job to a worker: the row, the lease, the attempt, the event.
create function private.start_attempt(
  p_job public.jobs, p_lease_id uuid, p_worker_id text, p_lease_seconds bigint
) returns private.leases
language plpgsql
set search_path = ''
as $$
declare
  v_lease private.leases;
  v_claim integer := private.claim_number(p_job);
begin
  update public.jobs
  set status = 'processing', progress = 0, started_at = coalesce(started_at, now())
  where id = p_job.id;
  insert into private.leases (job_id, lease_id, attempt, worker_id, until)
  values (p_job.id, p_lease_id, p_job.attempt, p_worker_id, now() + private.seconds(p_lease_seconds))
  returning * into v_lease;
  delete from private.outbox where job_id = p_job.id;
  -- From here on a report of an earlier claim counts for nothing, so nobody needs its files.
  perform private.schedule_deletions(p_job, v_claim);
  insert into private.claims (job_id, number) values (p_job.id, v_claim) on conflict do nothing;
  if p_worker_id is not null then
    update private.workers set state = 'busy', current_job = p_job.id where worker_id = p_worker_id;
  end if;
  perform private.add_events(
    p_user_id => p_job.user_id, p_job_id => p_job.id, p_kinds => array['processing'],
    p_data => array[jsonb_build_object('status', 'processing', 'attempt', p_job.attempt)]
  );
  return v_lease;
end
$$;
