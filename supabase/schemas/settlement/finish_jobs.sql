-- What is left to do when a job has just ended, however it ended. Its lease is gone by then: leases are locked
-- before accounts.
create function private.finish_jobs(p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from private.outbox where job_id = any (p_job_ids);
  delete from private.job_payloads where job_id = any (p_job_ids);
  perform private.schedule_deletions(job.id, job.attempt + 1) from public.jobs as job where job.id = any (p_job_ids);
  insert into public.webhook_deliveries (user_id, job_id, event, url)
  select job.user_id, job.id, job.status, job.webhook_url
  from public.jobs as job
  where job.id = any (p_job_ids)
    and job.webhook_url is not null
    and (job.webhook_events = '{}' or job.status = any (job.webhook_events));
  update public.usage_logs as usage
  set credits_consumed = coalesce((
    select sum(hold.charged) from private.credit_holds as hold where hold.job_id = usage.job_id
  ), 0)
  where usage.job_id = any (p_job_ids);
end
$$;
