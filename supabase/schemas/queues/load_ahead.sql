-- How much waits before a job that is not among the first: all of a higher priority, and of its own the part that its
-- age suggests.
create function private.load_ahead(p_job public.jobs, out jobs bigint, out milliseconds bigint)
language plpgsql stable
set search_path = ''
as $$
declare
  v_oldest timestamptz;
  v_newest timestamptz;
  v_older double precision;
begin
  select created_at into v_oldest from public.jobs
  where queue = p_job.queue and status = 'queued' and (-priority) = -p_job.priority
  order by (-priority), created_at, id limit 1;
  select created_at into v_newest from public.jobs
  where queue = p_job.queue and status = 'queued' and (-priority) = -p_job.priority
  order by (-priority) desc, created_at desc, id desc limit 1;
  v_older := coalesce(
    extract(epoch from p_job.created_at - v_oldest) / nullif(extract(epoch from v_newest - v_oldest), 0), 1
  );
  select coalesce(sum(part.jobs), 0), coalesce(sum(part.jobs * expected.milliseconds), 0)
  into load_ahead.jobs, load_ahead.milliseconds
  from (
    select load.job_type, load.num_assets,
      load.jobs * case when load.priority > p_job.priority then 1 else v_older end as jobs
    from private.queue_load as load
    where load.queue = p_job.queue and load.priority >= p_job.priority
  ) as part
  join private.expected_times as expected using (job_type, num_assets);
end
$$;
