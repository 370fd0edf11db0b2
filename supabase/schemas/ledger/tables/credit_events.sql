-- Credits: double entry, so that nothing is ever made or lost, only moved.
--
-- A user has four accounts. `issued` is where their credits came from and is negative; `available` can be
-- spent; `held` is promised to unfinished jobs; `spent` was charged. Every event moves an amount between two
-- of them, so the postings of each event, and of all, add up to zero.

create table private.credit_events (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('starting', 'grant', 'hold', 'charge', 'release')),
  user_id uuid not null references private.accounts (user_id),
  job_id uuid,
  asset_index smallint,
  -- For grants: who, why, and what makes a repeat the same grant.
  actor text,
  reason text,
  request_id text unique,
  created_at timestamptz not null default now(),
  check ((kind in ('hold', 'charge', 'release')) = (job_id is not null)),
  check ((kind in ('charge', 'release')) = (asset_index is not null)),
  check ((kind = 'grant') = (request_id is not null))
);

-- A hold once a job, a charge and a release once an asset.
create unique index credit_events_once on private.credit_events (job_id, asset_index, kind)
  nulls not distinct where job_id is not null;
create unique index credit_events_start_once on private.credit_events (user_id) where kind = 'starting';
create index credit_events_of_user on private.credit_events (user_id, id desc);

create trigger append_only before update or delete or truncate on private.credit_events
  for each statement execute function private.refuse_ledger_change();

alter table private.credit_events enable row level security;
