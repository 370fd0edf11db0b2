-- The next job of a queue, locked, or none. Users with fewer running jobs go first, then priority; what has
-- waited for long goes before short jobs, so that these cannot starve it; then short before long, and what
-- the worker has loaded before what it would have to load. Looks at the head of the queue only: fair among
-- those who wait longest is fair enough, and a claim costs the same with ten thousand waiting.
create function private.next_job(p_queue text, p_models text[]) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  c_head constant integer := 500;
  c_long_wait constant interval := interval '10 minutes';
  v_job public.jobs;
begin
  select job.* into v_job
  from (
    select waiting.id, waiting.user_id, waiting.job_type, waiting.num_assets, waiting.priority, waiting.created_at
    from public.jobs as waiting
    where waiting.queue = p_queue and waiting.status = 'queued'
    order by (-waiting.priority), waiting.created_at, waiting.id
    limit c_head
  ) as head
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
    coalesce(busy.jobs, 0),
    head.priority desc,
    head.created_at < now() - c_long_wait desc,
    expected.milliseconds,
    array_position(p_models, case p_queue when 'sdxl_queue' then 'sdxl' else 'wan' end) nulls last,
    head.created_at,
    head.id
  limit 1
  for no key update of job skip locked;
  return v_job;
end
$$;
