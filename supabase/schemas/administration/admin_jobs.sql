-- Failed jobs for operators: without their prompts, with what workers said of each attempt.
create function public.admin_jobs(
  p_limit integer, p_queue text default null, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'id', job.id,
      'user_id', job.user_id,
      'job_type', job.job_type,
      'queue', job.queue,
      'status', job.status,
      'attempt', job.attempt,
      'error_code', job.error_code,
      'error_message', job.error_message,
      'created_at', private.rfc3339(job.created_at),
      'completed_at', private.rfc3339(job.completed_at),
      'retried_as', (
        select again.id from public.jobs as again where again.retry_of = job.id order by again.created_at limit 1
      ),
      'errors', coalesce((
        select jsonb_agg(jsonb_build_object(
          'attempt', error.attempt,
          'worker_id', error.worker_id,
          'error_code', error.error_code,
          'worker_error', error.worker_error,
          'created_at', private.rfc3339(error.created_at)
        ) order by error.id)
        from private.job_errors as error where error.job_id = job.id
      ), '[]')
    ) order by job.completed_at desc, job.id desc)
    from (
      -- Each queue by its own index, then the newest of both.
      select newest.*
      from unnest(case when p_queue is null then array['sdxl_queue', 'wan_queue'] else array[p_queue] end)
        as served (queue)
      cross join lateral (
        select failed.* from public.jobs as failed
        where failed.queue = served.queue and failed.status = 'failed'
          and (failed.completed_at, failed.id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        order by failed.completed_at desc, failed.id desc
        limit private.page_size(p_limit)
      ) as newest
      order by newest.completed_at desc, newest.id desc
      limit private.page_size(p_limit)
    ) as job
  ), '[]');
end
$$;

revoke all on function public.admin_jobs from public, anon, authenticated, service_role;
grant execute on function public.admin_jobs to ourvidz_edge;
