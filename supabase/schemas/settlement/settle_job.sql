-- Writes what a report, judged by the edge, makes of a job: every job ends, once, and every held credit is charged or
-- released, once.
create function public.settle_job(
  p_job_id uuid, p_version bigint, p_attempt integer, p_status text, p_next_attempt integer,
  p_metadata jsonb, p_assets jsonb, p_reply jsonb,
  p_worker_id text default null, p_progress smallint default null, p_charge_used boolean default false,
  p_price_each integer default null,
  p_error_code text default null, p_error_message text default null, p_worker_error text default null,
  p_generation_ms bigint default null, p_digest text default null
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_ends boolean := p_status in ('completed', 'failed', 'canceled');
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_money record;
begin
  perform private.require_edge();
  perform private.refuse_revoked(p_worker_id);
  select * into v_job from public.jobs where id = p_job_id for no key update;
  if not found then
    return private.unsettled('not_found');
  end if;
  -- A plan for an ended job was made from another version of it, whatever number it names.
  -- Single assets belong to an attempt that was started.
  if v_job.version <> p_version or v_job.completed_at is not null
    or v_job.status = 'queued' and p_status = 'processing' then
    return private.unsettled('conflict');
  end if;
  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(v_job, private.with_open_assets(
    p_job => v_job, p_assets => p_assets, p_status => p_status
  )) as asset;
  select * into v_money from private.charges_of(
    p_job => v_job, p_statuses => v_statuses, p_price_each => p_price_each, p_charge_used => p_charge_used
  );
  update public.jobs
  set status = p_status,
      attempt = p_next_attempt,
      releases = releases + case when p_status = 'queued' and p_next_attempt = attempt then 1 else 0 end,
      metadata = metadata || coalesce(p_metadata, '{}'),
      progress = case p_status when 'completed' then 100 when 'queued' then 0 else coalesce(p_progress, progress) end,
      error_code = case p_status when 'failed' then p_error_code end,
      error_message = case p_status when 'failed' then p_error_message end,
      started_at = case when p_status = 'queued' then started_at else coalesce(started_at, now()) end,
      queued_at = case p_status when 'queued' then now() else queued_at end,
      charged = charged + v_money.charged,
      released = released + v_money.released,
      completed_at = case when v_ends then now() end
  where id = p_job_id
  returning * into v_job;

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
    perform private.record_worker_outcome(p_worker_id => p_worker_id, p_job => v_job, p_attempt => p_attempt);
  end if;

  perform private.settle_credits(p_job => v_job, p_charged => v_money.charged, p_released => v_money.released);
  perform private.add_settlement_events(
    p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
  );
  if v_ends then
    perform private.finish_jobs(array[p_job_id]);
  end if;
  perform private.note_callback(
    case p_status when 'processing' then 'partly_delivered' when 'queued' then 'requeued' else p_status end
  );
  return jsonb_strip_nulls(jsonb_build_object(
    'outcome', 'ok', 'charged', v_money.charged, 'released', v_money.released, 'version', v_job.version,
    'lease_until_ms', (select private.epoch_ms(lease.until) from private.leases as lease where lease.job_id = p_job_id)
  ));
end
$$;

revoke all on function public.settle_job from public, anon, authenticated, service_role;
grant execute on function public.settle_job to ourvidz_edge;
