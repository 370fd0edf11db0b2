-- What began and ceased to wait since the last pass of the sweep. As with `measurements`, each transaction adds a row
-- of its own, so none waits for another, and a pass moves them into `queue_load`. Triggers write here, so no way to
-- change a job is forgotten.
create table private.queue_changes (
  queue text not null,
  priority smallint not null,
  job_type text not null,
  num_assets smallint not null,
  jobs bigint not null
);
comment on table private.queue_changes is 'Not yet in queue_load; each pass of the sweep empties it.';

alter table private.queue_changes enable row level security;
