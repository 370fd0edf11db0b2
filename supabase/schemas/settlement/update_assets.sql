-- Writes the reported assets that are still open, and tells which became what.
create function private.update_assets(p_job public.jobs, p_assets jsonb)
returns table (index smallint, status text, id uuid)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  if p_job.format = 'video' then
    return query
    update public.videos as video
    set status = report.status,
        video_url = coalesce(report.url, video.video_url),
        thumbnail_url = coalesce(report.thumbnail_url, video.thumbnail_url),
        title = coalesce(report.title, video.title),
        metadata = video.metadata || coalesce(report.metadata, '{}'),
        completed_at = now()
    from jsonb_to_recordset(p_assets)
      as report (index smallint, status text, url text, thumbnail_url text, title text, metadata jsonb)
    where video.job_id = p_job.id and report.index = 0 and video.status in ('queued', 'processing')
    returning report.index, video.status, video.id;
  else
    return query
    update public.images as image
    set status = report.status,
        image_url = coalesce(report.url, image.image_url),
        thumbnail_url = coalesce(report.thumbnail_url, image.thumbnail_url),
        title = coalesce(report.title, image.title),
        metadata = image.metadata || coalesce(report.metadata, '{}'),
        completed_at = now()
    from jsonb_to_recordset(p_assets)
      as report (index smallint, status text, url text, thumbnail_url text, title text, metadata jsonb)
    where image.job_id = p_job.id and image.image_index = report.index and image.status in ('queued', 'processing')
    returning report.index, image.status, image.id;
  end if;
end
$$;
