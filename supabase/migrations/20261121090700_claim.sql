-- Claiming and keeping a job. A hint on a Redis list gives nobody a job; a row in `private.leases` does.

-- Workers of the old kind do not say who they are; all of a queue's share one row.
create function private.unnamed_worker(p_queue text) returns text
language sql immutable
as $$
  select 'unnamed ' || p_queue
$$;

-- How long the lease of such a worker lasts: it sends no heartbeats, so it must outlast the job.
create function private.legacy_lease_seconds(p_job public.jobs, p_least bigint) returns bigint
language plpgsql stable
set search_path = ''
as $$
declare
  c_slow constant bigint := 3;
begin
  return (
    select greatest(p_least, c_slow * expected.milliseconds / 1000)
    from private.expected_times as expected
    where expected.job_type = p_job.job_type and expected.num_assets = p_job.num_assets
  );
end
$$;

-- A worker's life sign. It serves each queue that it has asked for; after a silence it may have been set up
-- anew, and is taken to serve only what it asks for from then on.
create function private.see_worker(p_worker_id text, p_queue text, p_models text[] default null)
returns private.workers
language plpgsql
set search_path = ''
as $$
declare
  v_worker private.workers;
begin
  insert into private.workers as worker (worker_id, queues, models)
  values (p_worker_id, array[p_queue], coalesce(p_models, '{}'))
  on conflict (worker_id) do update
    set queues = case
        when p_queue = any (worker.queues) and private.is_seen(worker.last_seen_at) then worker.queues
        when private.is_seen(worker.last_seen_at) then worker.queues || p_queue
        else array[p_queue]
      end,
      models = coalesce(p_models, worker.models), last_seen_at = now()
  returning * into v_worker;
  return v_worker;
end
$$;

-- Gives a queued, locked job to a worker: the row, the lease, the keys of this attempt, the event.
create function private.start_attempt(
  p_job public.jobs, p_lease_id uuid, p_worker_id text, p_lease_seconds bigint
) returns private.leases
language plpgsql
set search_path = ''
as $$
declare
  v_lease private.leases;
begin
  update public.jobs
  set status = 'processing', progress = 0, started_at = coalesce(started_at, now())
  where id = p_job.id;
  insert into private.leases (job_id, lease_id, attempt, worker_id, until)
  values (p_job.id, p_lease_id, p_job.attempt, p_worker_id, now() + private.seconds(p_lease_seconds))
  returning * into v_lease;
  delete from private.outbox where job_id = p_job.id;
  -- From here on a report of an earlier attempt counts for nothing, so nobody needs its files.
  perform private.doom_keys(p_job.id, p_job.attempt);
  insert into private.attempt_keys (job_id, attempt, index, role, bucket, key)
  select p_job.id, p_job.attempt, file.index, file.role, p_job.job_type, file.key
  from private.keys_of_attempt(p_job) as file
  on conflict do nothing;
  if p_worker_id is not null then
    update private.workers set state = 'busy', current_job = p_job.id where worker_id = p_worker_id;
  end if;
  perform private.add_event(
    p_job.user_id, p_job.id, 'processing', jsonb_build_object('status', 'processing', 'attempt', p_job.attempt)
  );
  return v_lease;
end
$$;

-- The next job of a queue, locked, or none. Users with fewer running jobs go first, then priority; what has
-- waited for long goes before short jobs, so that these cannot starve it; then short before long, and what
-- the worker has loaded before what it would have to load. Looks at the head of the queue only: fair among
-- those who wait longest is fair enough, and a claim costs the same with ten thousand waiting.
create function private.next_job(p_queue text, p_models text[]) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  c_head constant integer := 500;
  c_long_wait constant interval := interval '10 minutes';
  v_job public.jobs;
begin
  select job.* into v_job
  from (
    select waiting.id, waiting.user_id, waiting.job_type, waiting.num_assets, waiting.priority, waiting.created_at
    from public.jobs as waiting
    where waiting.queue = p_queue and waiting.status = 'queued'
    order by (-waiting.priority), waiting.created_at, waiting.id
    limit c_head
  ) as head
  join public.jobs as job on job.id = head.id
  join private.expected_times as expected
    on expected.job_type = head.job_type and expected.num_assets = head.num_assets
  left join (
    select running.user_id, count(*) as jobs
    from public.jobs as running
    where running.queue = p_queue and running.status = 'processing'
    group by running.user_id
  ) as busy on busy.user_id = head.user_id
  where job.status = 'queued'
  order by
    coalesce(busy.jobs, 0),
    head.priority desc,
    head.created_at < now() - c_long_wait desc,
    expected.milliseconds,
    array_position(p_models, case p_queue when 'sdxl_queue' then 'sdxl' else 'wan' end) nulls last,
    head.created_at,
    head.id
  limit 1
  for no key update of job skip locked;
  return v_job;
end
$$;

create function public.claim_job(
  p_worker_id text, p_queue text, p_lease_id uuid, p_lease_seconds integer,
  p_job_id uuid default null, p_models text[] default '{}'
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_worker private.workers;
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  v_worker := private.see_worker(p_worker_id, p_queue, p_models);
  if v_worker.paused or (select paused from private.queue_settings where queue = p_queue) then
    return null;
  end if;
  if p_job_id is null then
    v_job := private.next_job(p_queue, p_models);
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

  v_lease := private.start_attempt(v_job, p_lease_id, p_worker_id, p_lease_seconds);
  return jsonb_build_object(
    'job_id', v_job.id,
    'user_id', v_job.user_id,
    'job_type', v_job.job_type,
    'num_assets', v_job.num_assets,
    'attempt', v_job.attempt,
    'lease_id', v_lease.lease_id,
    'lease_until_ms', private.epoch_ms(v_lease.until),
    'payload', (select payload from private.job_payloads where job_id = v_job.id),
    'keys', (
      select jsonb_agg(
        jsonb_build_object('index', file.index, 'role', file.role, 'bucket', v_job.job_type, 'key', file.key)
        order by file.index, file.role
      )
      from private.keys_of_attempt(v_job) as file
    )
  );
end
$$;

create function private.heartbeat_reply(p_outcome text, p_job public.jobs, p_lease private.leases) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'outcome', p_outcome,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'num_assets', p_job.num_assets,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'lease_id', p_lease.lease_id,
    'lease_until_ms', private.epoch_ms(p_lease.until),
    'cancel_requested', coalesce(p_job.cancel_requested, false)
  )
$$;

-- Extends the lease that the worker holds; none when it is another's by now. Never locks the job's row.
create function private.extend_lease(
  p_job public.jobs, p_lease_id uuid, p_worker_id text, p_progress smallint, p_lease_seconds bigint
) returns private.leases
language plpgsql
set search_path = ''
as $$
declare
  -- Browsers draw no more than that, and each event is a row that is kept for a month.
  c_tell_every constant interval := interval '2 seconds';
  v_before private.leases;
  v_lease private.leases;
begin
  select * into v_before from private.leases where job_id = p_job.id for no key update;
  -- Without a lease's id it is a worker of the old kind, and only the lease of such a one is its own.
  if v_before.attempt is distinct from p_job.attempt
    or (p_lease_id is not null and v_before.lease_id <> p_lease_id)
    or (p_lease_id is null and (v_before.worker_id is not null or p_worker_id is not null)) then
    return null;
  end if;
  update private.leases
  set until = greatest(until, clock_timestamp() + private.seconds(p_lease_seconds)),
      progress = greatest(progress, p_progress),
      told_at = case
        when p_progress > progress and told_at < clock_timestamp() - c_tell_every then clock_timestamp()
        else told_at
      end
  where job_id = p_job.id
  returning * into v_lease;
  update private.workers set last_seen_at = now()
  where worker_id = coalesce(p_worker_id, private.unnamed_worker(p_job.queue));
  if v_lease.told_at > v_before.told_at then
    perform private.add_event(p_job.user_id, p_job.id, 'progress', jsonb_build_object(
      'status', 'processing', 'attempt', p_job.attempt, 'progress', v_lease.progress
    ));
  end if;
  return v_lease;
end
$$;

create function public.heartbeat_job(
  p_job_id uuid, p_new_lease_id uuid, p_lease_seconds integer, p_legacy_lease_seconds integer,
  p_attempt integer default null, p_lease_id uuid default null, p_worker_id text default null,
  p_progress smallint default null
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_seconds bigint := p_lease_seconds;
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id;
  if not found then
    return private.heartbeat_reply('not_found', null, null);
  end if;
  if p_worker_id is null then
    v_seconds := private.legacy_lease_seconds(v_job, p_legacy_lease_seconds);
  end if;

  if v_job.status = 'queued' and p_lease_id is null and coalesce(p_attempt, v_job.attempt) = v_job.attempt then
    -- A claim. The row may have changed since it was read, so it is read again under its lock.
    select * into v_job from public.jobs where id = p_job_id for no key update;
    if v_job.status = 'queued' and coalesce(p_attempt, v_job.attempt) = v_job.attempt then
      perform private.see_worker(coalesce(p_worker_id, private.unnamed_worker(v_job.queue)), v_job.queue);
      v_lease := private.start_attempt(v_job, p_new_lease_id, p_worker_id, v_seconds);
      if p_progress > 0 then
        update private.leases set progress = p_progress where job_id = p_job_id returning * into v_lease;
      end if;
      select * into v_job from public.jobs where id = p_job_id;
      return private.heartbeat_reply('ok', v_job, v_lease);
    end if;
  end if;

  if v_job.status in ('completed', 'failed', 'canceled') then
    return private.heartbeat_reply('terminal', v_job, null);
  end if;
  if v_job.status = 'processing' and coalesce(p_attempt, v_job.attempt) = v_job.attempt then
    v_lease := private.extend_lease(v_job, p_lease_id, p_worker_id, p_progress, v_seconds);
    if v_lease.lease_id is not null then
      return private.heartbeat_reply('ok', v_job, v_lease);
    end if;
  end if;
  return private.heartbeat_reply('stale', v_job, null);
end
$$;

revoke all on function public.claim_job, public.heartbeat_job from public, anon, authenticated, service_role;
grant execute on function public.claim_job, public.heartbeat_job to ourvidz_edge;
call private.close();
