-- The sweep: whatever a crash, a lost message or a lost worker left undone is done here, within bounds.
--
-- A pass takes all jobs that it will change first, without waiting for any (skip locked: what is locked is being
-- dealt with), and only then workers and accounts, in the order that `lock_accounts` names. Of two passes at
-- once the second does nothing.

-- What a pass decided about one late job.
create type private.late_job as (
  job_id uuid,
  user_id uuid,
  -- 'requeue', 'deliver', 'fail' or 'cancel'
  verdict text,
  error_code text
);

-- Gives every lease that ran out while nobody swept another chance: after an outage workers may be well and only
-- have been unable to say so.
create function private.spare_leases(p_lease_seconds integer) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_spared integer;
begin
  update private.leases set until = now() + private.seconds(p_lease_seconds)
  where until < now() + private.seconds(p_lease_seconds);
  get diagnostics v_spared = row_count;
  return v_spared;
end
$$;

-- What becomes of a job whose worker is lost. What had arrived one by one is delivered, without a further attempt
-- if nothing is missing.
create function private.verdict_on(p_job public.jobs, p_max_attempts integer) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_delivered bigint;
begin
  select count(*) into v_delivered
  from (
    select from public.images where job_id = p_job.id and status = 'completed'
    union all
    select from public.videos where job_id = p_job.id and status = 'completed'
  ) as delivered;
  return case
    when v_delivered = p_job.num_assets then 'deliver'
    when p_job.cancel_requested then 'cancel'
    when p_job.attempt < p_max_attempts then 'requeue'
    when v_delivered > 0 then 'deliver'
    else 'fail'
  end;
end
$$;

-- Locks and returns what is late: attempts whose lease ran out or that run too long, jobs that say to run but
-- that nobody holds, and jobs that waited too long.
create function private.late_jobs(
  p_limit integer, p_max_attempts integer, p_max_queued_seconds integer, p_max_running_seconds integer,
  p_lease_seconds integer
) returns setof private.late_job
language plpgsql
set search_path = ''
as $$
begin
  return query
  select job.id, job.user_id, private.verdict_on(job, p_max_attempts),
    case when lease.until < now() then 'worker_lost' else 'run_timeout' end
  from private.leases as lease
  join public.jobs as job on job.id = lease.job_id
  where job.status = 'processing'
    and (lease.until < now() or lease.claimed_at < now() - private.seconds(p_max_running_seconds))
  order by lease.until
  limit p_limit
  for no key update of job, lease skip locked;

  return query
  select job.id, job.user_id, private.verdict_on(job, p_max_attempts),
    'worker_lost'
  from public.jobs as job
  where job.queue in ('sdxl_queue', 'wan_queue') and job.status = 'processing'
    and job.updated_at < now() - private.seconds(p_lease_seconds)
    and not exists (select from private.leases as lease where lease.job_id = job.id)
  limit p_limit
  for no key update of job skip locked;

  return query
  select job.id, job.user_id, 'fail', 'queue_timeout'
  from public.jobs as job
  where job.status = 'queued' and job.queued_at < now() - private.seconds(p_max_queued_seconds)
  order by job.queued_at
  limit p_limit
  for no key update of job skip locked;
end
$$;

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

create function private.requeue_late(p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.jobs set status = 'queued', attempt = attempt + 1, progress = 0, queued_at = now()
  where id = any (p_job_ids);
  perform private.put_in_outbox(job, false) from public.jobs as job where job.id = any (p_job_ids);
end
$$;

-- What a completed job shows of its assets, as the edge writes it when a worker completes one.
create function private.delivered(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'primary_asset', to_jsonb(asset.urls[1]),
    'all_assets', to_jsonb(asset.urls),
    'partial', case when cardinality(asset.urls) < p_job.num_assets then true end
  ))
  from (
    select array_agg(either.url order by either.index) as urls
    from (
      select image_index as index, image_url as url from public.images
      where job_id = p_job.id and status = 'completed'
      union all
      select 0, video_url from public.videos where job_id = p_job.id and status = 'completed'
    ) as either
  ) as asset
$$;

-- Ends late jobs and their open assets; everything still held goes back to the user.
create function private.end_late(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ended uuid[];
  v_job_ids uuid[];
  v_indexes smallint[];
begin
  select array_agg(late.job_id) into v_ended from unnest(p_late) as late where late.verdict <> 'requeue';
  if v_ended is null then
    return;
  end if;
  update public.jobs as job
  set status = case late.verdict when 'cancel' then 'canceled' when 'deliver' then 'completed' else 'failed' end,
      progress = case late.verdict when 'deliver' then 100 else job.progress end,
      metadata = case late.verdict when 'deliver' then job.metadata || private.delivered(job) else job.metadata end,
      error_code = case late.verdict when 'fail' then late.error_code end,
      error_message = case when late.verdict = 'fail' then
        case late.error_code
          when 'queue_timeout' then 'No worker was free for this job in time. Its credits were given back.'
          else 'The job was given up because its workers did not finish it. Its credits were given back.'
        end
      end,
      completed_at = now()
  from unnest(p_late) as late
  where job.id = late.job_id and late.verdict <> 'requeue';

  with ended_images as (
    update public.images as image
    set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
    from public.jobs as job
    where job.id = image.job_id and job.id = any (v_ended) and image.status in ('queued', 'processing')
    returning image.job_id, image.image_index as index
  ), ended_videos as (
    update public.videos as video
    set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
    from public.jobs as job
    where job.id = video.job_id and job.id = any (v_ended) and video.status in ('queued', 'processing')
    returning video.job_id, 0::smallint
  ), ended_assets as (
    select * from ended_images union all select * from ended_videos
  )
  select coalesce(array_agg(asset.job_id), '{}'), coalesce(array_agg(asset.index), '{}')
  into v_job_ids, v_indexes
  from ended_assets as asset;

  perform private.lock_accounts((select array_agg(late.user_id) from unnest(p_late) as late));
  perform private.settle_holds(v_job_ids, v_indexes, array_fill(0::bigint, array[cardinality(v_indexes)]));
  perform private.finish_jobs(v_ended);
end
$$;

create function private.tell_late(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_users uuid[];
  v_jobs uuid[];
  v_kinds text[];
  v_data jsonb[];
begin
  select array_agg(told.user_id order by told.place), array_agg(told.job_id order by told.place),
    array_agg(told.kind order by told.place), array_agg(told.data order by told.place)
  into v_users, v_jobs, v_kinds, v_data
  from (
    select late.user_id, late.job_id, late.place * 10 + 9 as place,
      case job.status when 'queued' then 'requeued' else job.status end as kind,
      jsonb_strip_nulls(jsonb_build_object(
        'status', job.status, 'attempt', job.attempt,
        'error_code', job.error_code, 'error_message', job.error_message
      )) as data
    from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.jobs as job on job.id = late.job_id
    union all
    select late.user_id, late.job_id, late.place * 10 + image.image_index, 'asset', jsonb_build_object(
      'id', image.id, 'index', image.image_index, 'kind', 'image', 'status', image.status
    )
    from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.images as image on image.job_id = late.job_id
    where late.verdict <> 'requeue' and image.status <> 'completed'
    union all
    select late.user_id, late.job_id, late.place * 10, 'asset', jsonb_build_object(
      'id', video.id, 'index', 0, 'kind', 'video', 'status', video.status
    )
    from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.videos as video on video.job_id = late.job_id
    where late.verdict <> 'requeue' and video.status <> 'completed'
  ) as told;
  if v_jobs is not null then
    perform private.add_events(v_users, v_jobs, v_kinds, v_data);
  end if;
end
$$;

create function public.sweep_pass(
  p_limit integer, p_lists_lost boolean, p_max_attempts integer, p_outage_seconds integer,
  p_max_queued_seconds integer, p_max_running_seconds integer, p_unmarked_seconds integer, p_lease_seconds integer,
  p_sdxl_length bigint default null, p_wan_length bigint default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  c_lock constant bigint := 7306950021;
  c_prune_every constant interval := interval '1 hour';
  v_state private.sweep_state;
  v_extended integer := 0;
  v_late private.late_job[] := '{}';
  v_hints uuid[];
  v_push jsonb;
begin
  perform private.require_edge();
  if not pg_try_advisory_xact_lock(c_lock) then
    return '{"requeued": 0, "failed": 0, "canceled": 0, "extended": 0, "push": [], "objects": []}';
  end if;
  select * into strict v_state from private.sweep_state;

  if v_state.last_pass_at is null or v_state.last_pass_at < now() - private.seconds(p_outage_seconds) then
    v_extended := private.spare_leases(p_lease_seconds);
  else
    select coalesce(array_agg(late), '{}') into v_late
    from private.late_jobs(
      p_limit, p_max_attempts, p_max_queued_seconds, p_max_running_seconds, p_lease_seconds
    ) as late;
    perform private.take_leases(v_late);
    perform private.requeue_late(array(select late.job_id from unnest(v_late) as late where late.verdict = 'requeue'));
    perform private.end_late(v_late);
    perform private.tell_late(v_late);
  end if;

  update private.sweep_state
  set last_pass_at = now(), lists_lost_at = case when p_lists_lost then clock_timestamp() else lists_lost_at end
  returning * into v_state;
  perform private.refresh_expected_times();
  if v_state.pruned_at < now() - c_prune_every and private.prune(p_limit) then
    update private.sweep_state set pruned_at = now();
  end if;

  -- First the ids and then the rows, or the plan would not know how few they are.
  v_hints := array(
    select private.hints_to_push('sdxl_queue', p_sdxl_length, p_limit, p_unmarked_seconds, v_state.lists_lost_at)
    union all
    select private.hints_to_push('wan_queue', p_wan_length, p_limit, p_unmarked_seconds, v_state.lists_lost_at)
    limit p_limit
  );
  select coalesce(jsonb_agg(jsonb_build_object(
    'job_id', job.id, 'user_id', job.user_id, 'job_type', job.job_type, 'num_assets', job.num_assets,
    'attempt', job.attempt, 'payload', stored.payload
  ) order by job.created_at), '[]')
  into v_push
  from public.jobs as job
  join private.job_payloads as stored on stored.job_id = job.id
  where job.id = any (v_hints);

  return jsonb_build_object(
    'requeued', (select count(*) from unnest(v_late) as late where late.verdict = 'requeue'),
    'failed', (select count(*) from unnest(v_late) as late where late.verdict in ('fail', 'deliver')),
    'canceled', (select count(*) from unnest(v_late) as late where late.verdict = 'cancel'),
    'extended', v_extended,
    'push', v_push,
    'objects', private.take_doomed_objects(p_limit)
  );
end
$$;

create function public.sweep_done(p_pushed jsonb, p_deleted jsonb) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  -- A row that a claim has locked is about to go; waiting for it could wait in a circle.
  update private.outbox as hint
  set pushed_at = clock_timestamp(), pushes = hint.pushes + 1
  from (
    select waiting.job_id from private.outbox as waiting
    join jsonb_to_recordset(p_pushed) as pushed (job_id uuid, attempt integer)
      on pushed.job_id = waiting.job_id and pushed.attempt = waiting.attempt
    for no key update of waiting skip locked
  ) as pushed
  where hint.job_id = pushed.job_id;
  delete from private.doomed_objects as doomed
  using jsonb_to_recordset(p_deleted) as deleted (bucket text, key text)
  where doomed.bucket = deleted.bucket and doomed.key = deleted.key;
end
$$;

revoke all on function public.sweep_pass, public.sweep_done from public, anon, authenticated, service_role;
grant execute on function public.sweep_pass, public.sweep_done to ourvidz_edge;
call private.close();
