-- A job as the edge decides about it. Of its webhook the edge has to know only whether somebody wants to hear of the
-- end, to send the news at once.
create function private.job_row(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'version', p_job.version,
    'progress', p_job.progress,
    'num_assets', p_job.num_assets,
    'releases', p_job.releases,
    'cancel_requested', p_job.cancel_requested,
    'metadata', private.shown_metadata(p_job),
    'created_at', private.rfc3339(p_job.created_at),
    'webhook', p_job.webhook_url is not null
  )
$$;
