-- Schedules the deletion of the recorded files of a job's attempts before the given one, except those that a row shows.
create function private.schedule_deletions(p_job_id uuid, p_before_attempt integer) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.object_deletions (bucket, key)
  select recorded.bucket, recorded.key
  from private.attempt_keys as recorded
  where recorded.job_id = p_job_id
    and recorded.attempt < p_before_attempt
    and not exists (
      select from public.images as image
      where image.job_id = p_job_id and recorded.key in (image.image_url, image.thumbnail_url)
    )
    and not exists (
      select from public.videos as video
      where video.job_id = p_job_id and recorded.key in (video.video_url, video.thumbnail_url)
    )
  on conflict do nothing;
end
$$;
