-- Credits: double entry, so that nothing is ever made or lost, only moved.
--
-- A user has four accounts. `issued` is where their credits came from and is negative; `available` can be
-- spent; `held` is promised to unfinished jobs; `spent` was charged. An event moves its amount from one of them to
-- another, which ones its kind says: `credit_postings` shows both sides.

create table private.credit_events (
  id bigint generated always as identity,
  kind text not null check (kind in ('starting', 'grant', 'hold', 'charge', 'release', 'return')),
  user_id uuid not null references private.accounts (user_id),
  -- A grant of less than nothing takes credits back.
  amount bigint not null check (amount > 0 or (kind = 'grant' and amount <> 0)),
  job_id uuid,
  -- For grants: who, why, and what makes a repeat the same grant.
  actor text,
  reason text,
  request_id text,
  created_at timestamptz not null default now(),
  primary key (user_id, id),
  check ((kind in ('hold', 'charge', 'release', 'return')) = (job_id is not null)),
  check ((kind = 'grant') = (request_id is not null))
);

-- What a job holds is charged and given back by its own row, which knows how much of it is left.
create unique index credit_events_hold_once on private.credit_events (job_id) where kind = 'hold';
create unique index credit_events_start_once on private.credit_events (user_id) where kind = 'starting';
create unique index credit_events_grant_once on private.credit_events (request_id) where request_id is not null;

create trigger append_only before update or delete or truncate on private.credit_events
  for each statement execute function private.refuse_ledger_change();
create trigger measure_credits after insert on private.credit_events
  for each row execute function private.measure_credits();

alter table private.credit_events enable row level security;
