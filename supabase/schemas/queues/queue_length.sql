-- How many wait: exact in a short queue, else as of the last pass of the sweep.
create function private.queue_length(p_queue text) returns bigint
language plpgsql stable
set search_path = ''
as $$
declare
  v_jobs bigint;
begin
  -- In the order of an index that begins with the queue, or an empty queue would be looked for among all that waits.
  select count(*) into v_jobs
  from (
    select from public.jobs
    where queue = p_queue and status = 'queued'
    order by created_at, id limit private.exact_positions() + 1
  ) as waiting;
  if v_jobs > private.exact_positions() then
    select greatest(sum(counted.amount), v_jobs) into v_jobs
    from private.measured_totals as counted
    where counted.metric in ('jobs_submitted', 'jobs_waiting') and private.queue_of(counted.label) = p_queue;
  end if;
  return v_jobs;
end
$$;
