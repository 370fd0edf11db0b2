-- What a message tells of its job: no prompt, for bodies end up in receivers' logs.
create function private.webhook_job(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_job.id,
    'status', p_job.status,
    'job_type', p_job.job_type,
    'project_id', p_job.project_id,
    'retry_of', p_job.retry_of,
    'error_code', p_job.error_code,
    'error_message', p_job.error_message,
    'credits_charged', p_job.charged,
    'created_at', private.rfc3339(p_job.created_at),
    'completed_at', private.rfc3339(p_job.completed_at),
    'assets', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', asset.id, 'kind', p_job.format, 'image_index', asset.image_index, 'status', asset.status,
        'url', asset.url, 'thumbnail_url', asset.thumbnail_url
      ) order by asset.image_index), '[]')
      from (
        select id, image_index, status, image_url as url, thumbnail_url from public.images where job_id = p_job.id
        union all
        select id, 0, status, video_url, thumbnail_url from public.videos where job_id = p_job.id
      ) as asset
    )
  )
$$;
