create function public.record_enhancement(
  p_user_id uuid, p_job_type text, p_template text, p_method text, p_fallback_used boolean, p_cached boolean,
  p_processing_ms integer, p_original_tokens integer, p_enhanced_tokens integer, p_compressed_tokens integer,
  p_original_chars integer, p_enhanced_chars integer, p_quality_score real,
  p_original_prompt text default null, p_enhanced_prompt text default null
) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  insert into private.prompt_enhancements (
    user_id, job_type, template, method, fallback_used, cached, processing_ms, original_tokens, enhanced_tokens,
    compressed_tokens, original_chars, enhanced_chars, quality_score, original_prompt, enhanced_prompt
  ) values (
    p_user_id, p_job_type, p_template, p_method, p_fallback_used, p_cached, p_processing_ms, p_original_tokens,
    p_enhanced_tokens, p_compressed_tokens, p_original_chars, p_enhanced_chars, p_quality_score,
    p_original_prompt, p_enhanced_prompt
  );
end
$$;

revoke all on function public.record_enhancement from public, anon, authenticated, service_role;
grant execute on function public.record_enhancement to ourvidz_edge;
