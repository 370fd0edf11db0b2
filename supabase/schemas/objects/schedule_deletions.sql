-- Schedules the deletion of the files of a job's claims before the given one, except those that a row shows.
create function private.schedule_deletions(p_job public.jobs, p_before integer) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_claims integer[] := array(
    select number from private.claims where job_id = p_job.id and number < p_before
  );
  v_shown text[];
begin
  -- A first claim.
  if v_claims = '{}' then
    return;
  end if;
  if p_job.format = 'video' then
    select array_agg(video_url) || array_agg(thumbnail_url) into v_shown from public.videos where job_id = p_job.id;
  else
    select array_agg(image_url) || array_agg(thumbnail_url) into v_shown from public.images where job_id = p_job.id;
  end if;
  insert into private.object_deletions (bucket, key)
  select p_job.job_type, name.key
  from unnest(v_claims) as claim
  cross join lateral private.keys_of_claim(p_job, claim) as file
  -- A worker that knows no other format has written a PNG, whatever was ordered.
  cross join lateral (
    select file.key
    union
    select regexp_replace(file.key, '[^.]+$', 'png') where file.role = 'image'
  ) as name
  where array_position(v_shown, name.key) is null
  on conflict do nothing;
end
$$;
