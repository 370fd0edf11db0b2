-- The claims of each job (private.claim_number), so that what one left behind can be found and deleted: where the files
-- of a claim go is computed.
create table private.claims (
  job_id uuid not null references public.jobs (id) on delete cascade,
  number integer not null,
  started_at timestamptz not null default now(),
  primary key (job_id, number)
);

create index claims_age on private.claims using brin (started_at);

alter table private.claims enable row level security;
