create function public.my_jobs(
  p_limit integer, p_status text default null, p_job_type text default null,
  p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_queues private.queue_outlook[] := array(
    select private.outlook_of(settings.queue) from private.queue_settings as settings
  );
  v_jobs jsonb;
begin
  if p_status is null then
    select jsonb_agg(
      private.job_view(job, (select each from unnest(v_queues) as each where each.queue = job.queue))
      order by job.created_at desc, job.id desc
    )
    into v_jobs
    from (
      select * from public.jobs
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and (p_job_type is null or job_type = p_job_type)
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as job;
  else
    select jsonb_agg(
      private.job_view(job, (select each from unnest(v_queues) as each where each.queue = job.queue))
      order by job.created_at desc, job.id desc
    )
    into v_jobs
    from (
      select * from public.jobs
      where user_id = v_user_id and status = p_status
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and (p_job_type is null or job_type = p_job_type)
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as job;
  end if;
  return coalesce(v_jobs, '[]');
end
$$;

revoke all on function public.my_jobs from public, anon, authenticated, service_role;
grant execute on function public.my_jobs to authenticated, ourvidz_edge;
