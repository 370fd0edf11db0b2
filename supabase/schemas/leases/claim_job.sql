-- Gives a worker the named job or the next of the queue; null when there is none for it.
create function public.claim_job(
  p_worker_id text, p_queue text, p_lease_id uuid, p_lease_seconds integer,
  p_job_id uuid default null, p_models text[] default '{}',
  p_uptime_seconds bigint default null, p_gpu_used_bytes bigint default null, p_gpu_total_bytes bigint default null,
  p_message_id text default null
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  perform private.refuse_revoked(p_worker_id);
  if private.is_repeated(p_message_id) then
    return null;
  end if;
  perform private.record_contact(p_worker_id => p_worker_id, p_queue => p_queue, p_models => p_models);
  perform private.note_vitals(
    p_worker_id => p_worker_id, p_uptime_seconds => p_uptime_seconds,
    p_gpu_used_bytes => p_gpu_used_bytes, p_gpu_total_bytes => p_gpu_total_bytes
  );
  if not private.may_start(p_worker_id, p_queue) then
    return null;
  end if;
  if p_job_id is null then
    v_job := private.next_job(p_queue);
  else
    select * into v_job from public.jobs
    where id = p_job_id and queue = p_queue and status = 'queued'
    for no key update skip locked;
  end if;
  if v_job.id is null then
    update private.workers set state = 'idle', current_job = null
    where worker_id = p_worker_id and current_job is not null
      and not exists (select from private.leases where job_id = current_job and worker_id = p_worker_id);
    return null;
  end if;

  v_lease := private.start_attempt(
    p_job => v_job, p_lease_id => p_lease_id, p_worker_id => p_worker_id, p_lease_seconds => p_lease_seconds
  );
  -- As the attempt's start has left it.
  select * into strict v_job from public.jobs where id = v_job.id;
  return jsonb_build_object(
    'job_id', v_job.id,
    'user_id', v_job.user_id,
    'job_type', v_job.job_type,
    'num_assets', v_job.num_assets,
    'attempt', v_job.attempt,
    'lease_id', v_lease.lease_id,
    'lease_until_ms', private.epoch_ms(v_lease.until),
    'payload', (
      select private.worker_payload(v_job, stored.payload)
      from private.job_payloads as stored where stored.job_id = v_job.id
    ),
    'keys', (
      select jsonb_agg(
        jsonb_build_object('index', file.index, 'role', file.role, 'bucket', v_job.job_type, 'key', file.key)
        order by file.index, file.role
      )
      from private.keys_of_claim(v_job, private.claim_number(v_job)) as file
    ),
    'settlement', private.settlement_of(v_job, v_lease)
  );
end
$$;

revoke all on function public.claim_job from public, anon, authenticated, service_role;
grant execute on function public.claim_job to ourvidz_edge;
