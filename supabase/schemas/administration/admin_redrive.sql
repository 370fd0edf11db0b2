-- The failed jobs that an operator orders again: one, or the newest of a queue. A failed job stays failed, for
-- what has ended never changes; the edge places a new order that names it. So what was ordered again already is
-- not among them, nor is what the content policy refused.
create function public.admin_redrive(
  p_actor text, p_limit integer,
  p_queue text default null, p_job_id uuid default null, p_reason text default null,
  p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_job public.jobs;
  v_jobs jsonb;
begin
  perform private.require_edge();
  if p_job_id is not null then
    select * into v_job from public.jobs where id = p_job_id;
    if not found then
      perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "job_id"}');
    elsif v_job.status <> 'failed' or v_job.error_code = 'content_policy' then
      perform private.refuse(
        p_status => 409, p_code => 'state_conflict',
        p_details => jsonb_strip_nulls(jsonb_build_object(
          'status', v_job.status, 'error_code', v_job.error_code
        ))
      );
    end if;
    v_jobs := jsonb_build_array(private.job_view(v_job, private.outlook_of(v_job.queue)));
  else
    select coalesce(jsonb_agg(private.job_view(job, null) order by job.completed_at desc, job.id desc), '[]')
    into v_jobs
    from (
      select failed.* from public.jobs as failed
      where failed.queue = p_queue and failed.status = 'failed'
        and failed.error_code <> 'content_policy'
        and (failed.completed_at, failed.id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and not exists (select from public.jobs as again where again.retry_of = failed.id)
      order by failed.completed_at desc, failed.id desc
      limit private.page_size(p_limit)
    ) as job;
  end if;
  insert into private.admin_actions (actor, action, queue, job_id, reason, details)
  values (p_actor, 'redrive', p_queue, p_job_id, p_reason, jsonb_build_object(
    'jobs', coalesce((select jsonb_agg(job -> 'id') from jsonb_array_elements(v_jobs) as job), '[]')
  ));
  return v_jobs;
end
$$;

revoke all on function public.admin_redrive from public, anon, authenticated, service_role;
grant execute on function public.admin_redrive to ourvidz_edge;
