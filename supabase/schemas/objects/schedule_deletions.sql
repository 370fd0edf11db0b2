-- Schedules the deletion of the files of a job's attempts before the given one, except those that a row shows.
create function private.schedule_deletions(p_job public.jobs, p_before_attempt integer) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_attempts integer[] := array(
    select attempt from private.attempts where job_id = p_job.id and attempt < p_before_attempt
  );
  v_shown text[];
begin
  -- A first claim.
  if v_attempts = '{}' then
    return;
  end if;
  if p_job.format = 'video' then
    select array_agg(video_url) || array_agg(thumbnail_url) into v_shown from public.videos where job_id = p_job.id;
  else
    select array_agg(image_url) || array_agg(thumbnail_url) into v_shown from public.images where job_id = p_job.id;
  end if;
  insert into private.object_deletions (bucket, key)
  select p_job.job_type, file.key
  from unnest(v_attempts) as attempt
  cross join lateral private.keys_of_attempt(p_job, attempt) as file
  where array_position(v_shown, file.key) is null
  on conflict do nothing;
end
$$;
