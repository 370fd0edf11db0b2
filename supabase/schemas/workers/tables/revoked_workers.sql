-- Names whose keys count no more. A key follows from its name, so a name is revoked for good: the machine, or its
-- successor, enrols under another one. Who did it, and why, is among the operators' actions.
create table private.revoked_workers (
  worker_id text primary key check (length(worker_id) between 1 and 200),
  revoked_at timestamptz not null default now()
);

alter table private.revoked_workers enable row level security;
