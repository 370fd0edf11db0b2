create table private.workers (
  worker_id text primary key check (length(worker_id) between 1 and 200),
  -- The queues that it asks for jobs: one machine may serve both.
  queues text[] not null check (queues <@ array['sdxl_queue', 'wan_queue'] and cardinality(queues) > 0),
  models text[] not null default '{}',
  state text not null default 'idle' check (state in ('idle', 'busy')),
  current_job uuid,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  -- Attempts lost since the last one that it finished.
  losses integer not null default 0,
  paused boolean not null default false,
  paused_reason text,
  -- Null for workers that do not tell.
  up_since timestamptz,
  gpu_used_bytes bigint check (gpu_used_bytes >= 0),
  gpu_total_bytes bigint check (gpu_total_bytes > 0)
) with (fillfactor = 50);

alter table private.workers enable row level security;
