-- The attempts that were started, so that what a lost one left behind can be found and deleted: where the files of an
-- attempt go is computed.
create table private.attempts (
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  started_at timestamptz not null default now(),
  primary key (job_id, attempt)
);

create index attempts_age on private.attempts using brin (started_at);

alter table private.attempts enable row level security;
