-- Schedules the deletion of an asset's object and its thumbnail, unless another asset of its owner shows the same:
-- older workers named pictures freely, so that two jobs may name one object. An upload link of the job may still be
-- good for a while, and an object must not come back after it was deleted.
create function private.schedule_asset_deletion(p_job public.jobs, p_asset_id uuid, p_keys text[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  c_upload_links interval := interval '11 minutes';
begin
  insert into private.object_deletions (bucket, key, due_at)
  select p_job.job_type, gone.key, greatest(now(), p_job.completed_at + c_upload_links)
  from (select distinct unnest(p_keys)) as gone (key)
  where gone.key is not null
    -- The placeholder of all videos.
    and gone.key not like 'system\_assets/%'
    and not exists (
      select from public.images as other
      where other.job_id = p_job.id and other.id <> p_asset_id and gone.key in (other.image_url, other.thumbnail_url)
    )
    and not exists (
      select from public.images as other
      where strpos(gone.key, p_job.id::text) = 0
        and other.user_id = p_job.user_id and other.status = 'completed' and other.id <> p_asset_id
        and gone.key in (other.image_url, other.thumbnail_url)
    )
  on conflict do nothing;
end
$$;
