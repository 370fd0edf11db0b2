-- About how many go before a job of a long queue: the part of its turns that the job's age and its place among its
-- owner's have not passed.
create function private.load_ahead(p_job public.jobs, p_queue private.queue_outlook) returns bigint
language plpgsql stable
set search_path = ''
as $$
declare
  v_turns bigint;
begin
  -- At the end of its turn, as a newcomer is.
  select own.before + busy.jobs + 1 into v_turns
  from (
    select count(*) as before
    from public.jobs as waiting
    where waiting.queue = p_job.queue and waiting.user_id = p_job.user_id and waiting.status = 'queued'
      and ((waiting.expedited, waiting.priority) > (p_job.expedited, p_job.priority)
        or (waiting.expedited, waiting.priority) = (p_job.expedited, p_job.priority)
          and (waiting.created_at, waiting.id) < (p_job.created_at, p_job.id))
  ) as own, (
    select count(*) as jobs
    from public.jobs as running
    where running.queue = p_job.queue and running.user_id = p_job.user_id and running.status = 'processing'
  ) as busy;
  return p_queue.jobs * least(1, greatest(0, (
    extract(epoch from private.waits_since(p_job.created_at, p_job.expedited) - p_queue.oldest)
      + private.turn_seconds() * v_turns
  ) / p_queue.spread_seconds));
end
$$;
