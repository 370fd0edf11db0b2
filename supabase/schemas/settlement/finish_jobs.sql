-- What is left to do when a job has just ended, however it ended. Its lease is gone by then: leases are locked
-- before accounts.
create function private.finish_jobs(p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  -- Deliveries that wait for a user's servers: a day of jobs one after the other, with all of their tries under way.
  c_most_pending constant integer := 1000;
begin
  delete from private.outbox where job_id = any (p_job_ids);
  delete from private.job_payloads where job_id = any (p_job_ids);
  perform private.schedule_deletions(job, private.claim_number(job) + 1)
  from public.jobs as job where job.id = any (p_job_ids);
  -- Whoever orders and calls off without end is not told of it without end: what is too much is written down as failed,
  -- and its owner may send it anew.
  insert into public.webhook_deliveries (user_id, job_id, event, url, status, last_error)
  select job.user_id, job.id, job.status, job.webhook_url,
    case when crowd.is_reached then 'failed' else 'pending' end, case when crowd.is_reached then 'too_many' end
  from public.jobs as job
  cross join lateral (
    select count(*) >= c_most_pending as is_reached
    from (
      select from public.webhook_deliveries
      where user_id = job.user_id and status = 'pending' limit c_most_pending
    ) as pending
  ) as crowd
  where job.id = any (p_job_ids)
    and job.webhook_url is not null
    and (job.webhook_events = '{}' or job.status = any (job.webhook_events));
  perform private.credit_api_keys(p_job_ids);
end
$$;
