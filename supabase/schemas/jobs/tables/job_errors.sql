create table private.job_errors (
  id bigint generated always as identity primary key,
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  worker_id text,
  error_code text,
  worker_error text,
  created_at timestamptz not null default now()
);
comment on table private.job_errors is 'What workers said when attempts failed: for operators, never for users.';

create index job_errors_of_job on private.job_errors (job_id, id);
create index job_errors_of_worker on private.job_errors (worker_id, id) where worker_error is not null;
create index job_errors_age on private.job_errors using brin (created_at);

alter table private.job_errors enable row level security;
