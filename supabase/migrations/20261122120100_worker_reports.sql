-- What workers report beside their jobs: how long they have been up, how full their GPU's memory is, and what
-- became of each of their reports.
--
-- The functions of before do the work as they did; the ones that the edge calls wrap them.

alter table private.workers
  -- Null for workers that do not tell.
  add column up_since timestamptz,
  add column gpu_used_bytes bigint check (gpu_used_bytes >= 0),
  add column gpu_total_bytes bigint check (gpu_total_bytes > 0);

-- What a worker did not tell this time stays as it was told before.
create function private.note_vitals(
  p_worker_id text, p_uptime_seconds bigint, p_gpu_used_bytes bigint, p_gpu_total_bytes bigint
) returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_worker_id is null or coalesce(p_uptime_seconds, p_gpu_total_bytes) is null then
    return;
  end if;
  update private.workers
  set up_since = coalesce(now() - private.seconds(p_uptime_seconds), up_since),
      gpu_used_bytes = coalesce(p_gpu_used_bytes, gpu_used_bytes),
      gpu_total_bytes = coalesce(p_gpu_total_bytes, gpu_total_bytes)
  where worker_id = p_worker_id;
end
$$;

create function private.note_callback(p_outcome text) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount) values ('callbacks', p_outcome, 1);
end
$$;

alter function public.claim_job set schema private;
create function public.claim_job(
  p_worker_id text, p_queue text, p_lease_id uuid, p_lease_seconds integer,
  p_job_id uuid default null, p_models text[] default '{}',
  p_uptime_seconds bigint default null, p_gpu_used_bytes bigint default null, p_gpu_total_bytes bigint default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_claim jsonb;
begin
  perform private.require_edge();
  v_claim := private.claim_job(p_worker_id, p_queue, p_lease_id, p_lease_seconds, p_job_id, p_models);
  perform private.note_vitals(p_worker_id, p_uptime_seconds, p_gpu_used_bytes, p_gpu_total_bytes);
  return v_claim;
end
$$;

alter function public.heartbeat_job set schema private;
create function public.heartbeat_job(
  p_job_id uuid, p_new_lease_id uuid, p_lease_seconds integer, p_legacy_lease_seconds integer,
  p_attempt integer default null, p_lease_id uuid default null, p_worker_id text default null,
  p_progress smallint default null,
  p_uptime_seconds bigint default null, p_gpu_used_bytes bigint default null, p_gpu_total_bytes bigint default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_reply jsonb;
begin
  perform private.require_edge();
  v_reply := private.heartbeat_job(
    p_job_id, p_new_lease_id, p_lease_seconds, p_legacy_lease_seconds, p_attempt, p_lease_id, p_worker_id, p_progress
  );
  perform private.note_vitals(p_worker_id, p_uptime_seconds, p_gpu_used_bytes, p_gpu_total_bytes);
  perform private.note_callback(case v_reply ->> 'outcome' when 'ok' then 'life_sign' else v_reply ->> 'outcome' end);
  return v_reply;
end
$$;

alter function public.settle_job set schema private;
create function public.settle_job(
  p_job_id uuid, p_version bigint, p_attempt integer, p_status text, p_next_attempt integer,
  p_metadata jsonb, p_assets jsonb, p_reply jsonb,
  p_worker_id text default null, p_progress smallint default null, p_charge_percent smallint default null,
  p_error_code text default null, p_error_message text default null, p_worker_error text default null,
  p_generation_ms bigint default null, p_digest text default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_reply jsonb;
begin
  perform private.require_edge();
  v_reply := private.settle_job(
    p_job_id, p_version, p_attempt, p_status, p_next_attempt, p_metadata, p_assets, p_reply, p_worker_id, p_progress,
    p_charge_percent, p_error_code, p_error_message, p_worker_error, p_generation_ms, p_digest
  );
  perform private.note_callback(case v_reply ->> 'outcome'
    when 'ok' then case p_status when 'processing' then 'partly_delivered' when 'queued' then 'requeued' else p_status end
    else v_reply ->> 'outcome'
  end);
  return v_reply;
end
$$;

-- Reports that end before anything is written: repeated, too late, or refused. The edge tells after its answer.
create function public.count_callback(p_outcome text) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  if p_outcome in ('replayed', 'stale', 'terminal', 'not_found', 'refused') then
    perform private.note_callback(p_outcome);
  end if;
end
$$;

revoke all on function public.claim_job, public.heartbeat_job, public.settle_job, public.count_callback
  from public, anon, authenticated, service_role;
grant execute on function public.claim_job, public.heartbeat_job, public.settle_job, public.count_callback
  to ourvidz_edge;
call private.close();
