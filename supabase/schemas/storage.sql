-- Supabase Storage signs URLs of, and lists, what its policies let a user read: what a row of theirs shows, in the
-- bucket of its job's type, and what lies below their own prefix for references. Objects in another storage have no
-- rows here, and elsewhere than on Supabase the table does not exist.
do $$
begin
  if to_regclass('storage.objects') is not null then
    create policy ourvidz_shown_objects on storage.objects for select to authenticated using (
      exists (
        select
        from public.jobs as job
        left join public.images as image on image.job_id = job.id and image.status = 'completed'
        left join public.videos as video on video.job_id = job.id and video.status = 'completed'
        -- The job is in the key: it is found without reading all of the user's rows.
        where job.id = substring(objects.name from '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[^/]*$')::uuid
          and job.job_type = objects.bucket_id
          and objects.name in (image.image_url, image.thumbnail_url, video.video_url, video.thumbnail_url)
      )
    );
    create policy ourvidz_own_references on storage.objects for select to authenticated using (
      bucket_id in ('reference_images', 'workspace_assets')
      and starts_with(name, (select private.caller_id()) || '/')
    );
  end if;
end
$$;
