-- How the queues went in the last hours. Of a long time each point is the worst of several: there would be thousands.
create function public.admin_queue_history(p_hours integer) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  c_points constant integer := 288;
  v_from timestamptz := now() - p_hours * interval '1 hour';
  v_width interval := greatest(p_hours * interval '1 hour' / c_points, interval '5 minutes');
begin
  perform private.require_edge();
  return (
    select jsonb_agg(jsonb_build_object('queue', settings.queue, 'points', coalesce((
      select jsonb_agg(jsonb_build_object(
        'at', private.rfc3339(point.at),
        'queued', point.queued,
        'processing', point.processing,
        'workers', point.workers,
        'oldest_seconds', point.oldest_seconds,
        'median_wait_seconds', point.median_wait_seconds
      ) order by point.at)
      from (
        select date_bin(v_width, noted.at, 'epoch') as at, max(noted.queued) as queued,
          max(noted.processing) as processing, min(noted.workers) as workers,
          max(noted.oldest_seconds) as oldest_seconds, max(noted.median_wait_seconds) as median_wait_seconds
        from private.queue_history as noted
        where noted.queue = settings.queue and noted.at >= v_from
        group by 1
      ) as point
    ), '[]')) order by settings.queue)
    from private.queue_settings as settings
  );
end
$$;

revoke all on function public.admin_queue_history from public, anon, authenticated, service_role;
grant execute on function public.admin_queue_history to ourvidz_edge;
