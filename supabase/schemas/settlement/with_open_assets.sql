-- The reported assets, and when the job ends with them, all others too: an ended job has no open asset, and
-- so no open hold.
create function private.with_open_assets(p_job public.jobs, p_assets jsonb, p_status text) returns jsonb
language sql stable
as $$
  select case when p_status in ('completed', 'failed', 'canceled') then
    p_assets || coalesce((
      select jsonb_agg(jsonb_build_object(
        'index', place, 'status', case p_status when 'canceled' then 'canceled' else 'failed' end
      ))
      from generate_series(0, p_job.num_assets - 1) as place
      where not exists (
        select from jsonb_array_elements(p_assets) as report where (report ->> 'index')::integer = place
      )
    ), '[]')
  else p_assets end
$$;
