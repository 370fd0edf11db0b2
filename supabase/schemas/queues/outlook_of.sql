-- What positions and times in a queue are told from; costs the same however much waits.
create function private.outlook_of(p_queue text) returns private.queue_outlook
language plpgsql stable
set search_path = ''
as $$
declare
  -- Positions below this are exact. Beyond it nobody asks whether it is 237 or 238.
  c_exact constant integer := 100;
  v_outlook private.queue_outlook;
begin
  v_outlook.queue := p_queue;
  select coalesce(array_agg(first.id), '{}'), coalesce(array_agg(first.milliseconds), '{}'), count(*),
    coalesce(sum(first.milliseconds), 0)
  into v_outlook.first_ids, v_outlook.first_ms, v_outlook.jobs, v_outlook.milliseconds
  from (
    select waiting.id, expected.milliseconds
    from (
      select id, priority, created_at, job_type, num_assets from public.jobs
      where queue = p_queue and status = 'queued'
      order by (-priority), created_at, id
      limit c_exact
    ) as waiting
    join private.expected_times as expected using (job_type, num_assets)
    order by (-waiting.priority), waiting.created_at, waiting.id
  ) as first;
  if v_outlook.jobs = c_exact then
    select greatest(sum(load.jobs), v_outlook.jobs),
      greatest(sum(load.jobs * expected.milliseconds), v_outlook.milliseconds)
    into v_outlook.jobs, v_outlook.milliseconds
    from private.queue_load as load
    join private.expected_times as expected using (job_type, num_assets)
    where load.queue = p_queue;
  end if;

  -- Without knowing better, what runs is taken to be half done.
  select coalesce(sum(expected.milliseconds), 0) / 2 into v_outlook.running_ms
  from public.jobs as running
  join private.expected_times as expected using (job_type, num_assets)
  where running.queue = p_queue and running.status = 'processing';

  select greatest(count(*), 1) into v_outlook.workers
  from private.workers as worker
  where p_queue = any (worker.queues) and not worker.paused and private.is_live(worker.last_seen_at);
  return v_outlook;
end
$$;
