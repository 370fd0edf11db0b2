-- One row while a worker has the job. Apart from `jobs` and narrow, because heartbeats come every few
-- seconds: in half-empty pages and with no index on what they change they stay heap-only updates, they do
-- not touch `jobs.version`, and they wake nobody who listens to `jobs`.
create table private.leases (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  lease_id uuid not null,
  attempt integer not null,
  -- Null for workers that do not say who they are.
  worker_id text,
  claimed_at timestamptz not null default now(),
  until timestamptz not null,
  progress smallint not null default 0 check (progress between 0 and 100),
  -- When the newest `progress` event was written.
  told_at timestamptz not null default '-infinity'
) with (fillfactor = 50);

alter table private.leases enable row level security;
