-- What a job still holds, and what it costs if its owner calls it off now or has done so; nobody can call off what has
-- ended otherwise.
create function private.bill_of(p_job public.jobs, out held bigint, out cancel_cost bigint)
language plpgsql stable
set search_path = ''
as $$
declare
  v_progress smallint := p_job.progress_at_cancel;
begin
  held := private.price_of(p_job) - p_job.charged - p_job.released;
  if p_job.status in ('completed', 'failed') then
    return;
  elsif p_job.status = 'canceled' then
    cancel_cost := p_job.charged;
    return;
  elsif p_job.status = 'queued' then
    v_progress := 0;
  elsif v_progress is null then
    v_progress := p_job.progress;
    -- Heartbeats tell their progress to the lease alone.
    select greatest(v_progress, lease.progress) into v_progress
    from private.leases as lease where lease.job_id = p_job.id;
    v_progress := coalesce(v_progress, p_job.progress);
  end if;
  cancel_cost := private.cancel_cost(
    p_total => p_job.charged + held, p_delivered => p_job.charged, p_progress => v_progress
  );
end
$$;
