-- Exactly the queued jobs: whether and when their hint was pushed onto its list.
create table private.outbox (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  queue text not null check (queue in ('sdxl_queue', 'wan_queue')),
  attempt integer not null,
  -- For the expected time.
  job_type text not null,
  num_assets smallint not null,
  written_at timestamptz not null default now(),
  -- Whether the request that wrote it pushes it itself; then the sweep gives it time to say so.
  pushed_by_writer boolean not null,
  pushed_at timestamptz,
  pushes integer not null default 0
);

create index outbox_unpushed on private.outbox (queue, written_at) where pushed_at is null;
create index outbox_pushed on private.outbox (queue, pushed_at) where pushed_at is not null;

alter table private.outbox enable row level security;
