-- A job's metadata as everybody is told it. The prompt has one home, the job's column; where the edge has enhanced it,
-- the prompt is the enhanced one, until a worker's model writes another.
create function private.shown_metadata(p_job public.jobs) returns jsonb
language sql stable
as $$
  select case
    when p_job.metadata ? 'original_prompt' then jsonb_build_object('enhanced_prompt', p_job.prompt)
    else '{}'
  end
    || p_job.metadata
    || jsonb_build_object('prompt', p_job.prompt)
$$;
