-- Takes the leases of late jobs away and remembers it of their workers. A worker that loses one job after the
-- other would burn everybody's attempts: it gets no more until an operator has looked at it.
create function private.take_leases(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  c_losses_in_a_row constant integer := 5;
  v_workers text[];
begin
  with taken as (
    delete from private.leases as lease
    using unnest(p_late) as late
    where lease.job_id = late.job_id
    returning lease.job_id, lease.attempt, lease.worker_id, late.error_code
  ), noted as (
    insert into private.job_errors (job_id, attempt, worker_id, error_code, worker_error)
    select taken.job_id, taken.attempt, taken.worker_id, taken.error_code, 'lease taken away by the sweep' from taken
  )
  select array_agg(taken.worker_id) into v_workers from taken where taken.worker_id is not null;

  perform from private.workers where worker_id = any (v_workers) order by worker_id for no key update;
  update private.workers as worker
  set losses = worker.losses + lost.jobs,
      state = 'idle',
      current_job = null,
      paused = worker.paused or worker.losses + lost.jobs >= c_losses_in_a_row,
      paused_reason = case
        when not worker.paused and worker.losses + lost.jobs >= c_losses_in_a_row
        then 'lost ' || worker.losses + lost.jobs || ' jobs in a row'
        else worker.paused_reason
      end
  from (select worker_id, count(*)::integer as jobs from unnest(v_workers) as worker_id group by worker_id) as lost
  where worker.worker_id = lost.worker_id;
end
$$;
