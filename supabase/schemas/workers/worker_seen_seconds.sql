create function private.worker_seen_seconds(p_queue text) returns bigint
language sql stable
as $$
  select private.seconds_since(max(worker.last_seen_at))
  from private.workers as worker where p_queue = any (worker.queues)
$$;
