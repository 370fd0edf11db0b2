-- Settling and calling off: every job ends, once, and every held credit is charged or released, once.

create function public.job_for_settlement(p_job_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id;
  if not found then
    return null;
  end if;
  select * into v_lease from private.leases where job_id = p_job_id;
  -- Heartbeats tell their progress to the lease alone.
  v_job.progress := greatest(v_job.progress, v_lease.progress);
  return jsonb_build_object(
    'job', private.job_row(v_job),
    'prompt', v_job.prompt,
    'assets', case v_job.format
      when 'video' then (
        select jsonb_agg(jsonb_build_object(
          'id', video.id, 'image_index', 0, 'status', video.status, 'url', video.video_url
        ))
        from public.videos as video where video.job_id = p_job_id
      )
      else (
        select jsonb_agg(jsonb_build_object(
          'id', image.id, 'image_index', image.image_index, 'status', image.status, 'url', image.image_url
        ) order by image.image_index)
        from public.images as image where image.job_id = p_job_id
      )
    end,
    'lease', case when v_lease.lease_id is not null then jsonb_build_object(
      'lease_id', v_lease.lease_id, 'attempt', v_lease.attempt, 'worker_id', v_lease.worker_id,
      'until_ms', private.epoch_ms(v_lease.until)
    ) end,
    -- While the current attempt is unclaimed, a finished result of the one before is still welcome.
    'keys', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'attempt', recorded.attempt, 'index', recorded.index, 'role', recorded.role, 'key', recorded.key
        ) order by recorded.attempt, recorded.index, recorded.role
      )
      from private.attempt_keys as recorded
      where recorded.job_id = p_job_id
        and recorded.attempt >= v_job.attempt - case v_job.status when 'queued' then 1 else 0 end
    ), '[]'),
    'settled', coalesce((
      select jsonb_agg(
        jsonb_build_object('attempt', settled.attempt, 'digest', settled.digest, 'reply', settled.reply)
        order by settled.created_at
      )
      from private.settlements as settled where settled.job_id = p_job_id
    ), '[]')
  );
end
$$;

-- Writes the reported assets that are still open, and tells which became what.
create function private.update_assets(p_job public.jobs, p_assets jsonb)
returns table (index smallint, status text, id uuid)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  if p_job.format = 'video' then
    return query
    update public.videos as video
    set status = report.status,
        video_url = coalesce(report.url, video.video_url),
        thumbnail_url = coalesce(report.thumbnail_url, video.thumbnail_url),
        title = coalesce(report.title, video.title),
        metadata = video.metadata || coalesce(report.metadata, '{}'),
        completed_at = now()
    from jsonb_to_recordset(p_assets)
      as report (index smallint, status text, url text, thumbnail_url text, title text, metadata jsonb)
    where video.job_id = p_job.id and report.index = 0 and video.status in ('queued', 'processing')
    returning report.index, video.status, video.id;
  else
    return query
    update public.images as image
    set status = report.status,
        image_url = coalesce(report.url, image.image_url),
        thumbnail_url = coalesce(report.thumbnail_url, image.thumbnail_url),
        title = coalesce(report.title, image.title),
        metadata = image.metadata || coalesce(report.metadata, '{}'),
        completed_at = now()
    from jsonb_to_recordset(p_assets)
      as report (index smallint, status text, url text, thumbnail_url text, title text, metadata jsonb)
    where image.job_id = p_job.id and image.image_index = report.index and image.status in ('queued', 'processing')
    returning report.index, image.status, image.id;
  end if;
end
$$;

-- The reported assets, and when the job ends with them, all others too: an ended job has no open asset, and
-- so no open hold.
create function private.with_open_assets(p_job public.jobs, p_assets jsonb, p_status text) returns jsonb
language sql stable
as $$
  select case when p_status in ('completed', 'failed', 'canceled') then
    p_assets || coalesce((
      select jsonb_agg(jsonb_build_object(
        'index', place, 'status', case p_status when 'canceled' then 'canceled' else 'failed' end
      ))
      from generate_series(0, p_job.num_assets - 1) as place
      where not exists (
        select from jsonb_array_elements(p_assets) as report where (report ->> 'index')::integer = place
      )
    ), '[]')
  else p_assets end
$$;

-- What is left to do when a job has just ended, however it ended. Its lease is gone by then: leases are locked
-- before accounts.
create function private.finish_jobs(p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from private.outbox where job_id = any (p_job_ids);
  delete from private.job_payloads where job_id = any (p_job_ids);
  perform private.doom_keys(job.id, job.attempt + 1) from public.jobs as job where job.id = any (p_job_ids);
  insert into public.webhook_deliveries (user_id, job_id, event, url)
  select job.user_id, job.id, job.status, job.webhook_url
  from public.jobs as job
  where job.id = any (p_job_ids)
    and job.webhook_url is not null
    and (job.webhook_events = '{}' or job.status = any (job.webhook_events));
  update public.usage_logs as usage
  set credits_consumed = coalesce((
    select sum(hold.charged) from private.credit_holds as hold where hold.job_id = usage.job_id
  ), 0)
  where usage.job_id = any (p_job_ids);
end
$$;

-- Charges completed assets, releases failed ones, and splits canceled ones by the share that was used up:
-- the share of all of them is rounded up once and spread evenly, so that it is not rounded up once an asset.
create function private.settle_assets(
  p_job public.jobs, p_indexes smallint[], p_statuses text[], p_charge_percent smallint,
  out charged bigint, out released bigint
)
language plpgsql
set search_path = ''
as $$
declare
  v_charges bigint[];
begin
  select array_agg(case
    when asset.status = 'completed' then p_job.price_each
    when asset.status = 'canceled'
    then share.total * asset.nth / asset.many - share.total * (asset.nth - 1) / asset.many
    else 0
  end order by asset.place)
  into v_charges
  from (
    select
      given.status, given.place,
      row_number() over (partition by given.status order by given.index) as nth,
      count(*) over (partition by given.status) as many
    from unnest(p_indexes, p_statuses) with ordinality as given (index, status, place)
  ) as asset
  cross join lateral (
    select ceil(p_job.price_each * asset.many * coalesce(p_charge_percent, 0) / 100.0)::bigint as total
  ) as share;

  perform private.lock_accounts(array[p_job.user_id]);
  select coalesce(sum(settled.charged), 0), coalesce(sum(settled.released), 0)
  into charged, released
  from private.settle_holds(array_fill(p_job.id, array[cardinality(p_indexes)]), p_indexes, v_charges) as settled;
end
$$;

create function public.settle_job(
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
    update private.workers
    set last_seen_at = now(),
        state = 'idle',
        current_job = null,
        losses = case when p_status = 'completed' then 0 else losses end
    where worker_id = p_worker_id;
  end if;

  select * into v_money from private.settle_assets(v_job, v_indexes, v_statuses, p_charge_percent);
  perform private.tell_settled(v_job, v_indexes, v_statuses, v_ids);
  if v_ends then
    perform private.finish_jobs(array[p_job_id]);
  end if;
  return jsonb_build_object('outcome', 'ok', 'charged', v_money.charged, 'released', v_money.released);
end
$$;

-- One event an asset and, when the job's state changed, one for the job.
create function private.tell_settled(
  p_job public.jobs, p_indexes smallint[], p_statuses text[], p_ids uuid[]
) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_kinds text[];
  v_data jsonb[];
begin
  select array_agg('asset'::text), array_agg(jsonb_build_object(
    'id', asset.id, 'index', asset.index, 'kind', p_job.format, 'status', asset.status
  ) order by asset.index)
  into v_kinds, v_data
  from unnest(p_indexes, p_statuses, p_ids) as asset (index, status, id);
  if p_job.status <> 'processing' then
    v_kinds := v_kinds || case p_job.status when 'queued' then 'requeued' else p_job.status end;
    v_data := v_data || jsonb_strip_nulls(jsonb_build_object(
      'status', p_job.status, 'attempt', p_job.attempt,
      'error_code', p_job.error_code, 'error_message', p_job.error_message
    ));
  end if;
  if cardinality(v_kinds) > 0 then
    perform private.add_events(
      array_fill(p_job.user_id, array[cardinality(v_kinds)]),
      array_fill(p_job.id, array[cardinality(v_kinds)]),
      v_kinds, v_data
    );
  end if;
end
$$;

create function public.cancel_job(p_user_id uuid, p_job_id uuid) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_money record;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id for no key update;
  if not found then
    perform private.refuse(404, 'not_found', '{"field": "id"}');
  end if;

  if v_job.status in ('completed', 'failed') then
    perform private.refuse(409, 'state_conflict', jsonb_build_object('status', v_job.status));
  elsif v_job.status = 'canceled' then
    return jsonb_build_object('status', 'canceled', 'cancel_requested', false, 'released', 0);
  elsif v_job.status = 'processing' then
    -- The worker hears of it at its next heartbeat; the sweep ends the job if that never comes.
    if not v_job.cancel_requested then
      update public.jobs set cancel_requested = true where id = p_job_id;
    end if;
    return jsonb_build_object('status', 'processing', 'cancel_requested', true, 'released', 0);
  end if;

  update public.jobs set status = 'canceled', completed_at = now() where id = p_job_id returning * into v_job;
  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(v_job, private.with_open_assets(v_job, '[]', 'canceled')) as asset;
  select * into v_money from private.settle_assets(v_job, v_indexes, v_statuses, 0::smallint);
  perform private.tell_settled(v_job, v_indexes, v_statuses, v_ids);
  perform private.finish_jobs(array[p_job_id]);
  return jsonb_build_object('status', 'canceled', 'cancel_requested', false, 'released', v_money.released);
end
$$;

revoke all on function public.job_for_settlement, public.settle_job, public.cancel_job
  from public, anon, authenticated, service_role;
grant execute on function public.job_for_settlement, public.settle_job, public.cancel_job to ourvidz_edge;
call private.close();
