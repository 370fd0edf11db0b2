-- Calls off what waits in a queue, at most so many at a time, and gives all of its credits back. What runs goes
-- on. Hints stay on their list: a claim of a job that has ended gets nothing.
create function public.admin_purge(
  p_actor text, p_queue text, p_limit integer, p_reason text default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_jobs private.late_job[];
  v_result jsonb;
begin
  perform private.require_edge();
  select coalesce(array_agg(row(job.id, job.user_id, 'cancel', null)::private.late_job), '{}') into v_jobs
  from (
    select id, user_id from public.jobs
    where queue = p_queue and status = 'queued'
    order by created_at, id
    limit p_limit
    for no key update skip locked
  ) as job;
  perform private.end_late(v_jobs);
  perform private.add_lateness_events(v_jobs);

  v_result := jsonb_build_object(
    'canceled', cardinality(v_jobs),
    'released', (
      select coalesce(sum(job.released), 0)
      from unnest(v_jobs) as purged join public.jobs as job on job.id = purged.job_id
    ),
    'remaining', (select count(*) from public.jobs where queue = p_queue and status = 'queued')
  );
  insert into private.admin_actions (actor, action, queue, reason, details)
  values (p_actor, 'purge', p_queue, p_reason, v_result);
  return v_result;
end
$$;

revoke all on function public.admin_purge from public, anon, authenticated, service_role;
grant execute on function public.admin_purge to ourvidz_edge;
