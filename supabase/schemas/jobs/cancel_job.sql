-- Ends a waiting job at once; of a running one its worker is asked to stop. A dry run only tells what it would cost.
create function public.cancel_job(p_user_id uuid, p_job_id uuid, p_dry_run boolean default false) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job public.jobs;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id for no key update;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;

  if v_job.status in ('completed', 'failed') then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_job.status)
    );
  elsif p_dry_run or v_job.status = 'canceled' then
    null;
  elsif v_job.status = 'queued' then
    v_job := private.end_canceled(v_job);
  elsif not v_job.cancel_requested then
    -- The worker hears of it at its next heartbeat; the sweep ends the job if that never comes.
    update public.jobs
    set cancel_requested = true,
        progress_at_cancel = greatest(progress, (select progress from private.leases where job_id = p_job_id))
    where id = p_job_id
    returning * into v_job;
  end if;
  return private.canceled(v_job);
end
$$;

revoke all on function public.cancel_job from public, anon, authenticated, service_role;
grant execute on function public.cancel_job to ourvidz_edge;
