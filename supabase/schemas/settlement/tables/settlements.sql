create table private.settlements (
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  digest text not null,
  reply jsonb not null,
  created_at timestamptz not null default now(),
  primary key (job_id, attempt, digest)
);
comment on table private.settlements is 'Settled reports and their answers, so that a repeat gets the same.';

create index settlements_age on private.settlements using brin (created_at);

alter table private.settlements enable row level security;
