-- Schedules the deletion of all that a user's ended jobs show, of what the user has uploaded, and of the references
-- that came without a link of ours, which only the jobs name. Files of attempts that no row shows were scheduled when
-- their job ended.
create function private.schedule_all_deletions(p_user_id uuid, p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.object_deletions (bucket, key)
  select job.job_type, shown.key
  from public.jobs as job
  cross join lateral (
    select unnest(array[image_url, thumbnail_url]) from public.images where job_id = job.id
    union
    select unnest(array[video_url, thumbnail_url]) from public.videos where job_id = job.id
  ) as shown (key)
  where job.id = any (p_job_ids)
    -- The placeholder of all videos.
    and shown.key not like 'system\_assets/%'
  on conflict do nothing;
  with uploads as (
    delete from private.reference_uploads where user_id = p_user_id returning key
  )
  insert into private.object_deletions (bucket, key) select 'reference_images', key from uploads on conflict do nothing;
  insert into private.object_deletions (bucket, key)
  select reference.bucket, reference.key
  from public.jobs as job
  cross join lateral jsonb_to_recordset(
    case jsonb_typeof(job.metadata -> 'references') when 'array' then job.metadata -> 'references' else '[]' end
  ) as reference (bucket text, key text)
  where job.id = any (p_job_ids) and reference.bucket is not null
    and starts_with(reference.key, p_user_id || '/')
  on conflict do nothing;
end
$$;
