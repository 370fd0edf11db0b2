create function public.queue_status() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  return (
    select jsonb_agg(jsonb_build_object(
      'queue', settings.queue,
      'queued', load.jobs,
      'processing', (
        select count(*) from public.jobs as running
        where running.queue = settings.queue and running.status = 'processing'
      ),
      'workers', (
        select count(*) from private.workers as worker
        where settings.queue = any (worker.queues) and private.is_live(worker.last_seen_at)
      ),
      'worker_seen_seconds', private.worker_seen_seconds(settings.queue),
      'median_wait_seconds', private.median_wait_seconds(settings.queue),
      'eta_seconds', ceil((load.milliseconds + load.running_ms) / load.workers / 1000.0),
      'paused', settings.paused,
      'waiting_for', case when load.jobs > 0 then private.queue_trouble(settings.queue) end
    ) order by settings.queue)
    from private.queue_settings as settings
    cross join lateral private.outlook_of(settings.queue) as load
  );
end
$$;

revoke all on function public.queue_status from public, anon, authenticated, service_role;
grant execute on function public.queue_status to authenticated, ourvidz_edge;
