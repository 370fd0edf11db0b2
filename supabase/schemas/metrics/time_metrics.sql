-- A time by job type: how many fell into each bucket (one more than bounds, for what is above them all), and their
-- sum.
create function private.time_metrics(p_metric text, p_name text) returns setof jsonb
language sql stable
as $$
  with measured as materialized (select * from private.measured() as any_metric where any_metric.metric = p_metric)
  select jsonb_build_object(
    'name', p_name,
    'labels', jsonb_build_object('job_type', job_type),
    'histogram', jsonb_build_object(
      'bounds', to_jsonb(bounds),
      'counts', (
        select jsonb_agg(coalesce(sorted.times, 0) order by place)
        from generate_series(0, cardinality(bounds)) as place
        left join measured as sorted on sorted.label = job_type and sorted.bucket = place
      ),
      'sum', total
    )
  )
  from (
    select label as job_type, sum(amount) as total, private.bucket_bounds(p_metric) as bounds
    from measured group by label
  ) as kind
$$;
