-- The job of an asset of the user's, locked: jobs are locked before everything else, and whoever changes an
-- asset of a job waits for whoever settles it.
create function private.lock_job_of_asset(p_user_id uuid, p_asset_id uuid) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs
  where user_id = p_user_id and id = coalesce(
    (select job_id from public.images where id = p_asset_id),
    (select job_id from public.videos where id = p_asset_id)
  )
  for no key update;
  return v_job;
end
$$;
