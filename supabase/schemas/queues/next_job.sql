-- The next job of a queue, locked, or none. A job's turn is how many of its owner's would run with it; each ten minutes
-- that it has waited bring it a turn nearer, so that waiting wins in the end: what is ordered ten minutes times its
-- turn later never goes first. Within a turn short before long, then what the worker has loaded before what it would
-- have to load, then by age.
create function private.next_job(p_queue text, p_models text[]) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  c_turn_seconds constant integer := 600;
  v_job public.jobs;
begin
  select job.* into v_job
  from private.heads(p_queue) as head
  join public.jobs as job on job.id = head.id
  join private.expected_times as expected
    on expected.job_type = head.job_type and expected.num_assets = head.num_assets
  left join (
    select running.user_id, count(*) as jobs
    from public.jobs as running
    where running.queue = p_queue and running.status = 'processing'
    group by running.user_id
  ) as busy on busy.user_id = head.user_id
  where job.status = 'queued'
  order by
    coalesce(busy.jobs, 0) + head.nth - floor(extract(epoch from now() - head.created_at) / c_turn_seconds),
    expected.milliseconds,
    array_position(p_models, case p_queue when 'sdxl_queue' then 'sdxl' else 'wan' end) nulls last,
    head.created_at,
    head.id
  limit 1
  for no key update of job skip locked;
  return v_job;
end
$$;
