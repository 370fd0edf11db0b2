create function private.queue_metrics() returns setof jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  select private.metric(
    p_name => figure.name, p_value => figure.value,
    p_labels => jsonb_build_object('queue', settings.queue) || figure.labels
  )
  from private.queue_settings as settings
  cross join lateral (
    select 'queue_jobs' as name, count(*)::numeric as value, '{"status": "queued"}'::jsonb as labels
    from public.jobs where queue = settings.queue and status = 'queued'
    union all
    select 'queue_jobs', count(*), '{"status": "processing"}'
    from public.jobs where queue = settings.queue and status = 'processing'
    union all
    select 'queue_oldest_seconds', private.seconds_since(min(queued_at)), '{}'
    from public.jobs where queue = settings.queue and status = 'queued'
    union all
    select 'queue_paused', settings.paused::integer, '{}'
    union all
    select 'queue_wait_median_seconds', private.median_wait_seconds(settings.queue), '{}'
    union all
    select 'queue_list_length', length, '{}'
    from (
      select case settings.queue when 'sdxl_queue' then sdxl_length else wan_length end as length
      from private.sweep_state
    ) as list where length is not null
    union all
    select 'jobs_failed_last_hour', count(*), jsonb_build_object('error_code', error_code)
    from public.jobs
    where queue = settings.queue and status = 'failed' and completed_at > now() - interval '1 hour'
    group by error_code
    union all
    select 'workers', count(*) filter (where private.is_live(last_seen_at) and not paused and state = 'busy'),
      '{"state": "busy"}'
    from private.workers where settings.queue = any (queues)
    union all
    select 'workers', count(*) filter (where private.is_live(last_seen_at) and not paused and state = 'idle'),
      '{"state": "idle"}'
    from private.workers where settings.queue = any (queues)
    union all
    select 'workers', count(*) filter (where private.is_live(last_seen_at) and paused), '{"state": "paused"}'
    from private.workers where settings.queue = any (queues)
  ) as figure;
end
$$;
