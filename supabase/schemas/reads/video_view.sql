create function private.video_view(p_video public.videos, p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_video.id,
    'job_id', p_video.job_id,
    'kind', 'video',
    'job_type', p_job.job_type,
    'image_index', 0,
    'status', private.asset_status(p_video.status, p_job.status),
    'title', p_video.title,
    -- What is not finished has none, and need not be looked up.
    'tags', case when p_video.status = 'completed' then private.tags_of_video(p_video.id) else '[]' end,
    'url', p_video.video_url,
    'thumbnail_url', p_video.thumbnail_url,
    'saved', p_video.saved,
    'preferred', p_video.preferred,
    'metadata', private.asset_metadata(
      p_metadata => p_video.metadata, p_status => p_video.status, p_job => p_job
    ),
    'created_at', private.rfc3339(p_video.created_at)
  )
$$;
