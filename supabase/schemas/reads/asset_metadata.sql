-- A completed asset's metadata as its owner is told it: with what is the same for all assets of its job.
create function private.asset_metadata(p_metadata jsonb, p_status text, p_job public.jobs) returns jsonb
language sql stable
as $$
  select case p_status
    when 'completed' then jsonb_strip_nulls(jsonb_build_object(
      'prompt', case p_job.format when 'video' then p_job.prompt end,
      'aspect', p_job.metadata -> 'aspect',
      'negative_prompt', p_job.metadata -> 'negative_prompt',
      'enhanced_prompt', private.shown_metadata(p_job) -> 'enhanced_prompt'
    ))
    else '{}'
  end || p_metadata
$$;
