-- How many go before a job and when it should be done, in the order in which turns come now. Exact in a short queue;
-- in a longer one a round number that it is about.
create function private.outlook(
  p_job public.jobs, p_queue private.queue_outlook, out place integer, out is_exact boolean, out eta_seconds integer
)
language plpgsql stable
set search_path = ''
as $$
declare
  v_own_ms bigint;
  v_ahead bigint;
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

  is_exact := p_queue.spread_seconds is null;
  if is_exact then
    place := array_position(p_queue.ids, p_job.id);
    select coalesce(sum(milliseconds), 0) into v_ahead_ms
    from unnest(p_queue.own_ms[:place - 1]) as milliseconds;
  else
    v_ahead := private.load_ahead(p_job, p_queue);
    v_ahead_ms := v_ahead * p_queue.milliseconds / p_queue.jobs;
    place := greatest(private.rounded_down(v_ahead), 1);
  end if;
  eta_seconds := ceil(((v_ahead_ms + p_queue.running_ms) / p_queue.workers + v_own_ms) / 1000.0);
end
$$;
