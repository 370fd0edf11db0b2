create table private.queue_settings (
  queue text primary key check (queue in ('sdxl_queue', 'wan_queue')),
  paused boolean not null default false,
  -- Served by workers that pop hints without claiming jobs: hints are pushed again only after a long time.
  legacy boolean not null default false,
  -- About how many users wait, as of the last pass of the sweep; null where the queue was short then.
  waiting_users double precision,
  updated_at timestamptz not null default now()
);
insert into private.queue_settings (queue) values ('sdxl_queue'), ('wan_queue');

alter table private.queue_settings enable row level security;
