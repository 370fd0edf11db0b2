-- Locks and returns what is late: attempts whose lease ran out or that run too long, jobs that say to run but
-- that nobody holds, and jobs that waited too long.
create function private.late_jobs(
  p_limit integer, p_max_attempts integer, p_max_queued_seconds integer, p_max_running_seconds integer,
  p_lease_seconds integer
) returns setof private.late_job
language plpgsql
set search_path = ''
as $$
begin
  return query
  select job.id, job.user_id, private.outcome_of_late_job(job, p_max_attempts),
    case when lease.until < now() then 'worker_lost' else 'run_timeout' end
  from private.leases as lease
  join public.jobs as job on job.id = lease.job_id
  where job.status = 'processing'
    and (lease.until < now() or lease.claimed_at < now() - private.seconds(p_max_running_seconds))
  order by lease.until
  limit p_limit
  for no key update of job, lease skip locked;

  return query
  select job.id, job.user_id, private.outcome_of_late_job(job, p_max_attempts),
    'worker_lost'
  from public.jobs as job
  where job.queue in ('sdxl_queue', 'wan_queue') and job.status = 'processing'
    and job.updated_at < now() - private.seconds(p_lease_seconds)
    and not exists (select from private.leases as lease where lease.job_id = job.id)
  limit p_limit
  for no key update of job skip locked;

  return query
  select job.id, job.user_id, 'fail', 'queue_timeout'
  from public.jobs as job
  where job.status = 'queued' and job.queued_at < now() - private.seconds(p_max_queued_seconds)
  order by job.queued_at
  limit p_limit
  for no key update of job skip locked;
end
$$;
