-- What waits, counted: as of the last pass of the sweep. A queue is counted row by row only to its first hundred.
create table private.queue_load (
  queue text not null,
  priority smallint not null,
  job_type text not null,
  num_assets smallint not null,
  jobs bigint not null,
  primary key (queue, priority, job_type, num_assets)
);

alter table private.queue_load enable row level security;
