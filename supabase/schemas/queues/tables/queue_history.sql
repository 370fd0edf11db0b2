-- How full the queues were and how long they let wait, one point each for five minutes, written by the sweep.
create table private.queue_history (
  queue text not null check (queue in ('sdxl_queue', 'wan_queue')),
  at timestamptz not null,
  queued bigint not null,
  processing bigint not null,
  workers integer not null,
  -- How long the oldest had waited, and the median of those that had started last; null where there was none.
  oldest_seconds integer,
  median_wait_seconds integer,
  primary key (queue, at)
);

alter table private.queue_history enable row level security;
