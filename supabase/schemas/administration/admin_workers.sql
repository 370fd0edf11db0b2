create function public.admin_workers() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'worker_id', worker.worker_id,
      'queues', worker.queues,
      'models', worker.models,
      'state', worker.state,
      'current_job', worker.current_job,
      'seen_seconds', private.seconds_since(worker.last_seen_at),
      'first_seen_at', private.rfc3339(worker.first_seen_at),
      'last_seen_at', private.rfc3339(worker.last_seen_at),
      'losses', worker.losses,
      'paused', worker.paused,
      'paused_reason', worker.paused_reason,
      'revoked', exists (select from private.revoked_workers as revoked where revoked.worker_id = worker.worker_id),
      'last_error', trouble.worker_error,
      'last_error_at', private.rfc3339(trouble.created_at)
    ) order by worker.last_seen_at desc, worker.worker_id)
    from (
      select * from private.workers order by last_seen_at desc, worker_id limit private.page_size(200)
    ) as worker
    left join lateral (
      select error.worker_error, error.created_at from private.job_errors as error
      where error.worker_id = worker.worker_id and error.worker_error is not null
      order by error.id desc limit 1
    ) as trouble on true
  ), '[]');
end
$$;

revoke all on function public.admin_workers from public, anon, authenticated, service_role;
grant execute on function public.admin_workers to ourvidz_edge;
