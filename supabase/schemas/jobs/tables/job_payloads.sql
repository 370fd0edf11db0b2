create table private.job_payloads (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  payload jsonb not null
);
comment on table private.job_payloads is 'What workers get and no other table knows. Gone when the job ends.';

alter table private.job_payloads enable row level security;
