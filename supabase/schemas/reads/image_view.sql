create function private.image_view(p_image public.images, p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_image.id,
    'job_id', p_image.job_id,
    'kind', 'image',
    'job_type', p_job.job_type,
    'image_index', p_image.image_index,
    'status', private.asset_status(p_image.status, p_job.status),
    'title', p_image.title,
    -- What is not finished has none, and need not be looked up.
    'tags', case when p_image.status = 'completed' then private.tags_of_image(p_image.id) else '[]' end,
    'url', p_image.image_url,
    'thumbnail_url', p_image.thumbnail_url,
    'saved', p_image.saved,
    'preferred', p_image.preferred,
    'metadata', private.asset_metadata(
      p_metadata => p_image.metadata, p_status => p_image.status, p_job => p_job
    ),
    'created_at', private.rfc3339(p_image.created_at)
  )
$$;
