-- What workers get, without attempt, token and keys: what was stored for them alone, and what the job's row knows.
create function private.worker_payload(p_job public.jobs, p_stored jsonb) returns jsonb
language sql stable
as $$
  select p_stored || jsonb_build_object(
    'id', p_job.id,
    'type', p_job.job_type,
    'user_id', p_job.user_id,
    -- With the words of its style, which are the payload's alone.
    'prompt', p_job.prompt || coalesce(p_stored ->> 'prompt_suffix', ''),
    'created_at', p_job.metadata -> 'generation_timestamp',
    'image_id', p_job.image_id,
    'video_id', p_job.video_id,
    'character_id', p_job.metadata -> 'character_id',
    'model_variant', p_job.metadata -> 'model_variant',
    'bucket', p_job.metadata -> 'bucket',
    'metadata', p_job.metadata
  ) || jsonb_strip_nulls(jsonb_build_object('negative_prompt', p_job.metadata -> 'negative_prompt'))
$$;
