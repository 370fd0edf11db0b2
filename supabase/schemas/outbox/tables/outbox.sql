-- Exactly the queued jobs: when their hint was last pushed onto its list, or left for it.
create table private.outbox (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  queue text not null check (queue in ('sdxl_queue', 'wan_queue')),
  attempt integer not null,
  -- For the expected time.
  job_type text not null,
  num_assets smallint not null,
  written_at timestamptz not null default now(),
  -- None where nobody but the sweep pushes it. A request that pushes a hint behind its answer is taken at its word:
  -- what it loses is missing on the list, and found there.
  pushed_at timestamptz,
  -- By the sweep.
  pushes integer not null default 0
);

create index outbox_unpushed on private.outbox (queue, written_at) where pushed_at is null;
create index outbox_pushed on private.outbox (queue, pushed_at) where pushed_at is not null;

alter table private.outbox enable row level security;
