-- A worker says that it still works on a job or, with the first heartbeat of one that never claimed it, that it begins.
create function public.heartbeat_job(
  p_job_id uuid, p_new_lease_id uuid, p_lease_seconds integer, p_legacy_lease_seconds integer,
  p_attempt integer default null, p_lease_id uuid default null, p_worker_id text default null,
  p_progress smallint default null,
  p_uptime_seconds bigint default null, p_gpu_used_bytes bigint default null, p_gpu_total_bytes bigint default null,
  p_message_id text default null, p_step_preview boolean default false
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_seconds bigint := p_lease_seconds;
  v_outcome text;
  v_job public.jobs;
  v_lease private.leases;
  v_repeated boolean;
begin
  perform private.require_edge();
  perform private.refuse_revoked(p_worker_id);
  v_repeated := private.is_repeated(p_message_id);
  select * into v_job from public.jobs where id = p_job_id;
  if p_worker_id is null then
    v_seconds := private.legacy_lease_seconds(v_job, p_legacy_lease_seconds);
  end if;

  if v_job.status = 'queued' and not v_repeated and private.gate(
    p_action => 'start', p_job => v_job, p_lease => null,
    p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id
  ) = 'open' then
    -- A claim. The row may have changed since it was read, so it is read again under its lock.
    select * into v_job from public.jobs where id = p_job_id for no key update;
    if private.gate(
      p_action => 'start', p_job => v_job, p_lease => null,
      p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id
    ) = 'open' then
      perform private.record_contact(coalesce(p_worker_id, private.unnamed_worker(v_job.queue)), v_job.queue);
      v_lease := private.start_attempt(
        p_job => v_job, p_lease_id => p_new_lease_id, p_worker_id => p_worker_id, p_lease_seconds => v_seconds
      );
      if p_progress > 0 then
        update private.leases set progress = p_progress where job_id = p_job_id returning * into v_lease;
      end if;
      select * into v_job from public.jobs where id = p_job_id;
    end if;
  end if;

  if v_lease.lease_id is null and v_job.status = 'processing' then
    v_lease := private.extend_lease(
      p_job => v_job, p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id,
      p_progress => p_progress, p_lease_seconds => case when v_repeated then 0 else v_seconds end,
      p_step_preview => p_step_preview
    );
  end if;
  v_outcome := case
    when v_lease.lease_id is not null then 'ok'
    when v_job.id is null then 'not_found'
    when v_job.completed_at is not null then 'terminal'
    else 'stale'
  end;
  perform private.note_vitals(
    p_worker_id => p_worker_id, p_uptime_seconds => p_uptime_seconds,
    p_gpu_used_bytes => p_gpu_used_bytes, p_gpu_total_bytes => p_gpu_total_bytes
  );
  perform private.note_callback(case v_outcome when 'ok' then 'heartbeat' else v_outcome end);
  return private.heartbeat_reply(p_outcome => v_outcome, p_job => v_job, p_lease => v_lease);
end
$$;

revoke all on function public.heartbeat_job from public, anon, authenticated, service_role;
grant execute on function public.heartbeat_job to ourvidz_edge;
