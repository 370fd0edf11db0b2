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

revoke all on function public.enhancement_statistics from public, anon, authenticated, service_role;
grant execute on function public.enhancement_statistics to ourvidz_edge;
