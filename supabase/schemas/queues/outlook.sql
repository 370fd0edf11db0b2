-- How many wait before a job and when it should be done. A position is where the queue's order puts the job; fairness
-- between users may serve it earlier or later. It is exact below a hundred; above, a round number that it is beyond.
create function private.outlook(
  p_job public.jobs, p_queue private.queue_outlook, out place integer, out eta_seconds integer
)
language plpgsql stable
set search_path = ''
as $$
declare
  v_own_ms bigint;
  v_ahead_ms bigint;
begin
  if p_job.status not in ('queued', 'processing') then
    return;
  end if;
  select expected.milliseconds into v_own_ms
  from private.expected_times as expected
  where expected.job_type = p_job.job_type and expected.num_assets = p_job.num_assets;

  if p_job.status = 'processing' then
    select v_own_ms * (100 - lease.progress) / 100 into v_own_ms
    from private.leases as lease where lease.job_id = p_job.id;
    eta_seconds := ceil(v_own_ms / 1000.0);
    return;
  end if;

  place := array_position(p_queue.first_ids, p_job.id);
  if place is not null then
    select coalesce(sum(milliseconds), 0) into v_ahead_ms
    from unnest(p_queue.first_ms[:place - 1]) as milliseconds;
  else
    select private.rounded_down(greatest(ahead.jobs, cardinality(p_queue.first_ids))), ahead.milliseconds
    into place, v_ahead_ms
    from private.load_ahead(p_job) as ahead;
  end if;
  eta_seconds := ceil(((v_ahead_ms + p_queue.running_ms) / p_queue.workers + v_own_ms) / 1000.0);
end
$$;
