-- Deletes the rows of a user's locked jobs, what hangs on no job, and with the last of the jobs the projects.
create function private.delete_rows_of(p_user_id uuid, p_job_ids uuid[]) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_images integer;
  v_videos integer;
  v_jobs integer;
  v_left bigint;
  v_projects integer;
  v_keys integer;
begin
  -- Before their jobs, which say what the bytes are counted to.
  delete from public.images where job_id = any (p_job_ids);
  get diagnostics v_images = row_count;
  delete from public.videos where job_id = any (p_job_ids);
  get diagnostics v_videos = row_count;
  delete from public.jobs where id = any (p_job_ids);
  get diagnostics v_jobs = row_count;
  select count(*) into v_left from public.jobs where user_id = p_user_id;
  delete from public.projects where user_id = p_user_id and v_left = 0;
  get diagnostics v_projects = row_count;
  delete from private.event_tickets where user_id = p_user_id;
  delete from private.api_keys where user_id = p_user_id;
  get diagnostics v_keys = row_count;
  delete from private.webhook_secrets where user_id = p_user_id;
  delete from private.webhook_disabled where user_id = p_user_id;
  delete from private.prompt_enhancements where user_id = p_user_id;
  delete from private.deleted_assets where user_id = p_user_id;
  update public.profiles set display_name = null where id = p_user_id and display_name is not null;
  return jsonb_build_object(
    'jobs', v_jobs, 'assets', v_images + v_videos, 'projects', v_projects, 'api_keys', v_keys, 'jobs_left', v_left
  );
end
$$;
