create function public.my_job(p_job_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_job public.jobs;
begin
  select * into v_job from public.jobs where id = p_job_id and user_id = v_user_id;
  return case when v_job.id is not null then private.job_view(v_job, private.outlook_of(v_job.queue)) end;
end
$$;

revoke all on function public.my_job from public, anon, authenticated, service_role;
grant execute on function public.my_job to authenticated, ourvidz_edge;
