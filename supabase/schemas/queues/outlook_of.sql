-- What positions and times in a queue are told from; costs the same however much waits. `p_jobs` is how many wait, by
-- who has asked already.
create function private.outlook_of(p_queue text, p_jobs bigint default null) returns private.queue_outlook
language plpgsql stable
set search_path = ''
as $$
declare
  v_outlook private.queue_outlook;
begin
  v_outlook.queue := p_queue;
  v_outlook.jobs := coalesce(p_jobs, private.queue_length(p_queue));
  if v_outlook.jobs = 0 then
    v_outlook.milliseconds := 0;
  elsif v_outlook.jobs <= private.exact_positions() then
    select array_agg(next.id order by next.turn, next.milliseconds, next.created_at, next.id),
      array_agg(next.milliseconds order by next.turn, next.milliseconds, next.created_at, next.id),
      count(*), coalesce(sum(next.milliseconds), 0)
    into v_outlook.ids, v_outlook.own_ms, v_outlook.jobs, v_outlook.milliseconds
    from private.heads(p_queue, true) as next;
  else
    v_outlook := private.with_spread(v_outlook);
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
