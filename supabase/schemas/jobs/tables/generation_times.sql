create table private.generation_times (
  id bigint generated always as identity primary key,
  job_type text not null,
  num_assets smallint not null,
  milliseconds bigint not null check (milliseconds >= 0),
  created_at timestamptz not null default now()
);

create index generation_times_age on private.generation_times using brin (created_at);
create index generation_times_newest on private.generation_times (job_type, num_assets, id desc);

alter table private.generation_times enable row level security;
