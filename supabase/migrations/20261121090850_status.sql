-- How full the queues are, why jobs wait, and whether the service is well.

create function private.is_seen(p_last_seen_at timestamptz) returns boolean
language sql stable
as $$
  -- Workers without a job wait a minute on their list before they show up again; two minutes is one missed.
  select p_last_seen_at > now() - interval '2 minutes'
$$;

create function private.how_long(p_seconds bigint) returns text
language sql immutable
as $$
  select case
    when p_seconds < 120 then p_seconds || ' seconds'
    when p_seconds < 7200 then p_seconds / 60 || ' minutes'
    when p_seconds < 172800 then p_seconds / 3600 || ' hours'
    else p_seconds / 86400 || ' days'
  end
$$;

-- Null stays null, for what never happened.
create function private.seconds_since(p_at timestamptz) returns bigint
language sql stable
as $$
  select case when p_at is not null then greatest(extract(epoch from now() - p_at), 0)::bigint end
$$;

create function private.worker_seen_seconds(p_queue text) returns bigint
language sql stable
as $$
  select private.seconds_since(max(worker.last_seen_at))
  from private.workers as worker where p_queue = any (worker.queues)
$$;

-- What keeps a whole queue waiting, for people; null when nothing does.
create function private.queue_trouble(p_queue text) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_seconds bigint;
begin
  if (select paused from private.queue_settings where queue = p_queue) then
    return 'paused by an operator';
  end if;
  if exists (
    select from private.workers as worker
    where p_queue = any (worker.queues) and not worker.paused and private.is_seen(worker.last_seen_at)
  ) then
    return null;
  end if;
  v_seconds := private.worker_seen_seconds(p_queue);
  return case
    when v_seconds is null then 'no worker for ' || p_queue || ' has been seen yet'
    when v_seconds < 120 then 'all workers for ' || p_queue || ' are paused'
    else 'no worker for ' || p_queue || ' has been seen for ' || private.how_long(v_seconds)
  end;
end
$$;

create function private.median_wait_seconds(p_queue text) returns integer
language sql stable
as $$
  select percentile_cont(0.5) within group (order by extract(epoch from newest.waited))::integer
  from (
    select started_at - created_at as waited from public.jobs
    where queue = p_queue and started_at is not null
    order by started_at desc limit 50
  ) as newest
$$;

create function public.queue_status() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  return (
    select jsonb_agg(jsonb_build_object(
      'queue', settings.queue,
      'queued', load.queued,
      'processing', load.processing,
      'workers', crew.seen,
      'worker_seen_seconds', private.worker_seen_seconds(settings.queue),
      'median_wait_seconds', private.median_wait_seconds(settings.queue),
      'eta_seconds', ceil(load.milliseconds / greatest(crew.able, 1) / 1000.0),
      'paused', settings.paused,
      'waiting_for', case when load.queued > 0 then private.queue_trouble(settings.queue) end
    ) order by settings.queue)
    from private.queue_settings as settings
    cross join lateral (
      select
        count(*) filter (where job.status = 'queued') as queued,
        count(*) filter (where job.status = 'processing') as processing,
        -- What runs is taken to be half done.
        coalesce(sum(case job.status when 'queued' then expected.milliseconds else expected.milliseconds / 2 end), 0)
          as milliseconds
      from (
        select status, job_type, num_assets from public.jobs where queue = settings.queue and status = 'queued'
        union all
        select status, job_type, num_assets from public.jobs where queue = settings.queue and status = 'processing'
      ) as job
      join private.expected_times as expected using (job_type, num_assets)
    ) as load
    cross join lateral (
      select
        count(*) filter (where private.is_seen(worker.last_seen_at)) as seen,
        count(*) filter (where private.is_seen(worker.last_seen_at) and not worker.paused) as able
      from private.workers as worker where settings.queue = any (worker.queues)
    ) as crew
  );
end
$$;

-- Grows with each migration that changes what the edge relies on; the edge says which it knows.
create function private.schema_version() returns integer
language sql immutable
as $$
  select 1
$$;

create function public.edge_health() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return jsonb_build_object(
    'schema_version', private.schema_version(),
    'sweep_seconds', (
      select private.seconds_since(state.last_pass_at) from private.sweep_state as state
    )
  );
end
$$;

revoke all on function public.queue_status, public.edge_health from public, anon, authenticated, service_role;
grant execute on function public.queue_status to authenticated;
grant execute on function public.edge_health to ourvidz_edge;
call private.close();
