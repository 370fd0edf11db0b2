-- How long a job is expected to take: measured once for a start, then the sweep
-- keeps it at the median of the newest real times.
create table private.expected_times (
  job_type text not null,
  num_assets smallint not null,
  milliseconds bigint not null check (milliseconds > 0),
  primary key (job_type, num_assets)
);
insert into private.expected_times (job_type, num_assets, milliseconds)
select size.job_type, size.num_assets, size.milliseconds from private.job_sizes() as size;

alter table private.expected_times enable row level security;
