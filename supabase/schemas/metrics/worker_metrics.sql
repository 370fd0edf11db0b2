create function private.worker_metrics() returns setof jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  -- Machines come and go under new names; a day later nobody asks for the old ones.
  c_remembered constant interval := interval '1 day';
  c_most constant integer := 500;
begin
  return query
  select private.metric(
    p_name => figure.name, p_value => figure.value, p_labels => jsonb_build_object('worker', worker.worker_id)
  )
  from (
    select * from private.workers where last_seen_at > now() - c_remembered order by last_seen_at desc limit c_most
  ) as worker
  cross join lateral (values
    ('worker_seen_seconds', private.seconds_since(worker.last_seen_at)::numeric),
    (
      'worker_up_seconds',
      case when private.is_live(worker.last_seen_at) then private.seconds_since(worker.up_since) end
    ),
    ('worker_gpu_memory_used_bytes', case when private.is_live(worker.last_seen_at) then worker.gpu_used_bytes end),
    ('worker_gpu_memory_total_bytes', case when private.is_live(worker.last_seen_at) then worker.gpu_total_bytes end),
    ('worker_paused', worker.paused::integer)
  ) as figure (name, value)
  where figure.value is not null;
end
$$;
