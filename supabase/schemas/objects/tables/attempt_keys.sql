-- Where each file of each attempt goes, so that what a lost attempt left behind can be found and deleted.
create table private.attempt_keys (
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  index smallint not null,
  role text not null check (role in ('image', 'video', 'thumbnail', 'poster')),
  bucket text not null,
  key text not null,
  recorded_at timestamptz not null default now(),
  primary key (job_id, attempt, index, role)
);

create index attempt_keys_age on private.attempt_keys using brin (recorded_at);

alter table private.attempt_keys enable row level security;
