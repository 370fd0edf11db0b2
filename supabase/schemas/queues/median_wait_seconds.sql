create function private.median_wait_seconds(p_queue text) returns integer
language sql stable
as $$
  select percentile_cont(0.5) within group (order by extract(epoch from newest.waited))::integer
  from (
    select started_at - created_at as waited from public.jobs
    where queue = p_queue and started_at is not null
    order by started_at desc limit 50
  ) as newest
$$;
