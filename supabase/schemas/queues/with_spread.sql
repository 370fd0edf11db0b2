-- How the turns of a long queue are spread, as if everybody who waits had equally many jobs, ordered evenly over time.
create function private.with_spread(p_queue private.queue_outlook) returns private.queue_outlook
language plpgsql stable
set search_path = ''
as $$
declare
  v_newest timestamptz;
begin
  select sum(counted.amount * expected.milliseconds) into p_queue.milliseconds
  from private.measured_totals as counted
  join private.expected_times as expected
    on expected.job_type = counted.label and expected.num_assets::text = counted.detail
  where counted.metric in ('jobs_submitted', 'jobs_waiting') and private.queue_of(counted.label) = p_queue.queue;
  select created_at into p_queue.oldest from public.jobs
  where queue = p_queue.queue and status = 'queued' order by created_at, id limit 1;
  select created_at into v_newest from public.jobs
  where queue = p_queue.queue and status = 'queued' order by created_at desc, id desc limit 1;
  p_queue.spread_seconds := extract(epoch from v_newest - p_queue.oldest)
    + private.turn_seconds() * p_queue.jobs / coalesce(
      (select waiting_users from private.queue_settings where queue = p_queue.queue),
      private.number_of_users(p_queue.queue)
    );
  return p_queue;
end
$$;
