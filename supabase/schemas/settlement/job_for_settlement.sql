-- All that a worker's report is judged by. Assets that their owner has deleted meanwhile are an empty list, so that a
-- late or repeated report about their job still gets an answer.
create function public.job_for_settlement(p_job_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id;
  if not found then
    return null;
  end if;
  select * into v_lease from private.leases where job_id = p_job_id;
  -- Heartbeats tell their progress to the lease alone.
  v_job.progress := greatest(v_job.progress, v_lease.progress);
  return private.settlement_of(v_job, v_lease) || jsonb_build_object(
    'settled', coalesce((
      select jsonb_agg(
        jsonb_build_object('attempt', settled.attempt, 'digest', settled.digest, 'reply', settled.reply)
        order by settled.created_at
      )
      from private.settlements as settled where settled.job_id = p_job_id
    ), '[]')
  );
end
$$;

revoke all on function public.job_for_settlement from public, anon, authenticated, service_role;
grant execute on function public.job_for_settlement to ourvidz_edge;
