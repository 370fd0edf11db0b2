-- What a completed job shows of its assets, as the edge writes it when a worker completes one.
create function private.delivered(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'primary_asset', to_jsonb(asset.urls[1]),
    'all_assets', to_jsonb(asset.urls),
    'partial', case when cardinality(asset.urls) < p_job.num_assets then true end
  ))
  from (
    select array_agg(either.url order by either.index) as urls
    from (
      select image_index as index, image_url as url from public.images
      where job_id = p_job.id and status = 'completed'
      union all
      select 0, video_url from public.videos where job_id = p_job.id and status = 'completed'
    ) as either
  ) as asset
$$;
