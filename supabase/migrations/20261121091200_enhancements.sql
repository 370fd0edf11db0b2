-- How prompts were made better: one row each for operators. The texts only where the operator keeps them.

alter table private.prompt_enhancements
  add column template text not null default 'sdxl_fast'
    check (template in ('sdxl_fast', 'sdxl_high', 'wan_fast', 'wan_high_7b')),
  add column cached boolean not null default false,
  add column compressed_tokens integer not null default 0 check (compressed_tokens >= 0),
  add column original_chars integer not null default 0 check (original_chars >= 0),
  add column enhanced_chars integer not null default 0 check (enhanced_chars >= 0),
  add column original_prompt text check (length(original_prompt) <= 2000),
  add column enhanced_prompt text check (length(enhanced_prompt) <= 4000);
create index prompt_enhancements_by_time on private.prompt_enhancements (created_at);
comment on table private.prompt_enhancements is 'How prompts were enhanced; the texts only where the operator keeps them.';

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

-- The last days, by method and template: how many, how fast, how good, how often only as a fallback.
create function public.enhancement_statistics(p_days integer) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return (
    select coalesce(jsonb_agg(to_jsonb(summary) order by summary.count desc, summary.method, summary.template), '[]')
    from (
      select method, template,
        count(*) as count,
        count(*) filter (where fallback_used) as fallbacks,
        count(*) filter (where cached) as cached,
        count(distinct user_id) as users,
        percentile_disc(0.5) within group (order by processing_ms) as median_ms,
        percentile_disc(0.95) within group (order by processing_ms) as p95_ms,
        round(avg(quality_score)::numeric, 3)::double precision as quality_score,
        round(avg(original_tokens))::integer as original_tokens,
        round(avg(enhanced_tokens))::integer as enhanced_tokens,
        round(avg(compressed_tokens))::integer as compressed_tokens
      from private.prompt_enhancements
      where created_at > now() - p_days * interval '1 day'
      group by method, template
    ) as summary
  );
end
$$;

revoke all on function public.record_enhancement, public.enhancement_statistics
  from public, anon, authenticated, service_role;
grant execute on function public.record_enhancement, public.enhancement_statistics to ourvidz_edge;
call private.close();
