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
        count(*) filter (where private.is_live(worker.last_seen_at)) as seen,
        count(*) filter (where private.is_live(worker.last_seen_at) and not worker.paused) as able
      from private.workers as worker where settings.queue = any (worker.queues)
    ) as crew
  );
end
$$;

revoke all on function public.queue_status from public, anon, authenticated, service_role;
grant execute on function public.queue_status to authenticated;
