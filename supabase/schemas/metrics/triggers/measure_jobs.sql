-- Never refuses: a change of a job is worth more than a number about it.
create function private.measure_jobs() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, detail, amount)
  select seen.metric, job.job_type, coalesce(seen.detail, ''), seen.amount
  from after as job
  join before on before.id = job.id
  cross join lateral (
    select 'job_wait' as metric, null as detail, extract(epoch from job.started_at - job.created_at) as amount
    where before.started_at is null and job.started_at is not null and job.status = 'processing'
    union all
    select 'attempts_repeated', null, 1 where job.attempt > before.attempt
    union all
    select ended.* from (
      select 'jobs_ended', job.status, 1::numeric
      union all
      select 'jobs_failed', job.error_code, 1 where job.status = 'failed'
      union all
      -- From the first worker's start to the end. A worker that never said when it began leaves both the same.
      select 'job_run', null, extract(epoch from job.completed_at - job.started_at)
      where job.status = 'completed' and job.started_at < job.completed_at
    ) as ended
    where before.completed_at is null and job.completed_at is not null
  ) as seen;
  return null;
end
$$;
