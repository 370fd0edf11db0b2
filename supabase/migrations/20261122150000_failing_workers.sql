-- A worker that fails one job after the other burns everybody's attempts just as one that dies does: it gets no
-- more until an operator has looked at it.
--
-- A job counts once, however often it fails on the same worker, so that two jobs that nobody can make do not
-- stop a deployment with a single worker. What the content policy ends, what its owner calls off and what is
-- given back is nobody's failure.
create function private.note_outcome(p_worker_id text, p_job public.jobs, p_attempt integer) returns void
language plpgsql
set search_path = ''
as $$
declare
  c_failures_in_a_row constant integer := 5;
  v_failures integer;
begin
  v_failures := case
    when p_job.status = 'failed' and p_job.error_code is distinct from 'content_policy'
      or p_job.status = 'queued' and p_job.attempt > p_attempt
    then (
      select 1 where not exists (
        select from private.job_errors as earlier
        where earlier.job_id = p_job.id and earlier.worker_id = p_worker_id and earlier.attempt < p_attempt
      )
    )
  end;
  update private.workers as worker
  set last_seen_at = now(),
      state = 'idle',
      current_job = null,
      losses = case when p_job.status = 'completed' then 0 else worker.losses + coalesce(v_failures, 0) end,
      paused = worker.paused or coalesce(worker.losses + v_failures >= c_failures_in_a_row, false),
      paused_reason = case
        when not worker.paused and worker.losses + v_failures >= c_failures_in_a_row
        then 'failed or lost ' || worker.losses + v_failures || ' jobs in a row'
        else worker.paused_reason
      end
  where worker.worker_id = p_worker_id;
end
$$;

-- As before, but for what it says of the worker.
create or replace function private.settle_job(
  p_job_id uuid, p_version bigint, p_attempt integer, p_status text, p_next_attempt integer,
  p_metadata jsonb, p_assets jsonb, p_reply jsonb,
  p_worker_id text default null, p_progress smallint default null, p_charge_percent smallint default null,
  p_error_code text default null, p_error_message text default null, p_worker_error text default null,
  p_generation_ms bigint default null, p_digest text default null
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  -- The least time that a worker without heartbeats gets.
  c_legacy_lease_seconds constant bigint := 900;
  v_ends boolean := p_status in ('completed', 'failed', 'canceled');
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_money record;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id for no key update;
  if not found then
    return jsonb_build_object('outcome', 'not_found', 'charged', 0, 'released', 0);
  end if;
  -- A plan for an ended job was made from another version of it, whatever number it names.
  if v_job.version <> p_version or v_job.completed_at is not null then
    return jsonb_build_object('outcome', 'conflict', 'charged', 0, 'released', 0);
  end if;
  -- A worker of the old kind that settles its first image without having said that it began.
  if v_job.status = 'queued' and p_status = 'processing' then
    perform private.see_worker(private.unnamed_worker(v_job.queue), v_job.queue);
    perform private.start_attempt(
      v_job, gen_random_uuid(), null, private.legacy_lease_seconds(v_job, c_legacy_lease_seconds)
    );
  end if;

  update public.jobs
  set status = p_status,
      attempt = p_next_attempt,
      metadata = metadata || coalesce(p_metadata, '{}'),
      progress = case p_status when 'completed' then 100 when 'queued' then 0 else coalesce(p_progress, progress) end,
      error_code = case p_status when 'failed' then p_error_code end,
      error_message = case p_status when 'failed' then p_error_message end,
      started_at = case when p_status = 'queued' then started_at else coalesce(started_at, now()) end,
      queued_at = case p_status when 'queued' then now() else queued_at end,
      completed_at = case when v_ends then now() end
  where id = p_job_id
  returning * into v_job;

  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(v_job, private.with_open_assets(v_job, p_assets, p_status)) as asset;

  if p_status = 'processing' then
    update private.leases set progress = greatest(progress, p_progress)
    where job_id = p_job_id and p_progress is not null;
  else
    delete from private.leases where job_id = p_job_id;
  end if;
  if p_status = 'queued' then
    perform private.put_in_outbox(v_job, false);
  end if;
  if p_worker_error is not null or p_error_code is not null then
    insert into private.job_errors (job_id, attempt, worker_id, error_code, worker_error)
    values (p_job_id, p_attempt, p_worker_id, p_error_code, p_worker_error);
  end if;
  if p_digest is not null then
    insert into private.settlements (job_id, attempt, digest, reply)
    values (p_job_id, p_attempt, p_digest, p_reply) on conflict do nothing;
  end if;
  if p_status = 'completed' and p_generation_ms is not null then
    insert into private.generation_times (job_type, num_assets, milliseconds)
    values (v_job.job_type, v_job.num_assets, p_generation_ms);
  end if;
  if p_worker_id is not null and p_status <> 'processing' then
    perform private.note_outcome(p_worker_id, v_job, p_attempt);
  end if;

  select * into v_money from private.settle_assets(v_job, v_indexes, v_statuses, p_charge_percent);
  perform private.tell_settled(v_job, v_indexes, v_statuses, v_ids);
  if v_ends then
    perform private.finish_jobs(array[p_job_id]);
  end if;
  return jsonb_build_object('outcome', 'ok', 'charged', v_money.charged, 'released', v_money.released);
end
$$;

call private.close();
