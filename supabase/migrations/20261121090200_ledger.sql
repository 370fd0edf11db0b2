-- Credits: double entry, so that nothing is ever made or lost, only moved.
--
-- A user has four accounts. `issued` is where their credits came from and is negative; `available` can be
-- spent; `held` is promised to unfinished jobs; `spent` was charged. Every event moves an amount between two
-- of them, so the postings of each event, and of all, add up to zero.

-- One narrow row a user. Its row lock puts everything that touches one user's credits or events in order:
-- that is what keeps a balance from going below zero, and what makes `event_seq` grow in the order of commits.
create table private.accounts (
  user_id uuid primary key references public.profiles (id),
  available bigint not null default 0 check (available >= 0),
  held bigint not null default 0 check (held >= 0),
  spent bigint not null default 0 check (spent >= 0),
  -- Whether the starting credits were given; an operator's grant may come before the user does.
  started boolean not null default false,
  total_jobs bigint not null default 0,
  -- Number of the user's newest event.
  event_seq bigint not null default 0,
  -- The submit limit's window and the jobs submitted in it.
  window_start timestamptz not null default '-infinity',
  window_jobs integer not null default 0
) with (fillfactor = 50);
comment on table private.accounts is 'Balances; always the sum of the postings. Half-empty pages keep updates HOT.';

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

create table private.credit_postings (
  event_id bigint not null references private.credit_events (id),
  account text not null check (account in ('issued', 'available', 'held', 'spent')),
  user_id uuid not null,
  amount bigint not null check (amount <> 0),
  primary key (event_id, account)
);

-- What a job holds for each of its assets, and what became of it: all charged, all released, or split.
create table private.credit_holds (
  job_id uuid not null,
  asset_index smallint not null,
  user_id uuid not null references private.accounts (user_id),
  amount bigint not null check (amount > 0),
  charged bigint check (charged >= 0),
  released bigint check (released >= 0),
  settled_at timestamptz,
  primary key (job_id, asset_index),
  check (
    (settled_at is null and charged is null and released is null)
    or (settled_at is not null and charged is not null and released is not null and charged + released = amount)
  )
);

-- A ledger that can be edited is none.
create function private.refuse_ledger_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'the ledger is append-only';
end
$$;
create trigger append_only before update or delete or truncate on private.credit_postings
  for each statement execute function private.refuse_ledger_change();
create trigger append_only before update or delete or truncate on private.credit_events
  for each statement execute function private.refuse_ledger_change();

create function private.check_postings() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if exists (select from added group by event_id having sum(amount) <> 0) then
    raise exception 'postings of one event must add up to zero';
  end if;
  return null;
end
$$;
create trigger balanced after insert on private.credit_postings
  referencing new table as added
  for each statement execute function private.check_postings();

-- Locks accounts in one order for everybody, so that no two transactions wait for each other. Lock order of
-- the whole schema: jobs, then leases, then workers, then accounts; after that only rows of one's own.
create function private.lock_accounts(p_user_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform from private.accounts where user_id = any (p_user_ids) order by user_id for no key update;
end
$$;

-- Moves an amount for an event that is not about one asset.
create function private.post(
  p_event_id bigint, p_user_id uuid, p_from text, p_to text, p_amount bigint
) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.credit_postings (event_id, account, user_id, amount)
  values (p_event_id, p_from, p_user_id, -p_amount), (p_event_id, p_to, p_user_id, p_amount);
end
$$;

-- Makes the profile and the account of a user that was never seen, and locks the account. Starting credits
-- are given once, by the first call that knows how many there are (null: this one does not).
create function private.open_account(p_user_id uuid, p_starting_credits bigint) returns private.accounts
language plpgsql
set search_path = ''
as $$
declare
  v_account private.accounts;
  v_event_id bigint;
begin
  select * into v_account from private.accounts where user_id = p_user_id for no key update;
  if not found then
    insert into public.profiles (id) values (p_user_id) on conflict do nothing;
    insert into private.accounts (user_id) values (p_user_id) on conflict do nothing;
    select * into strict v_account from private.accounts where user_id = p_user_id for no key update;
  end if;
  if not v_account.started and p_starting_credits is not null then
    if p_starting_credits > 0 then
      insert into private.credit_events (kind, user_id) values ('starting', p_user_id) returning id into v_event_id;
      perform private.post(v_event_id, p_user_id, 'issued', 'available', p_starting_credits);
    end if;
    update private.accounts
    set started = true, available = available + p_starting_credits
    where user_id = p_user_id
    returning * into v_account;
  end if;
  return v_account;
end
$$;

-- Settles holds: of each named asset the given part is charged and the rest released. An asset that was
-- settled before is left as it is. The accounts must be locked. Returns what moved, per job.
create function private.settle_holds(p_job_ids uuid[], p_indexes smallint[], p_charges bigint[])
returns table (job_id uuid, charged bigint, released bigint)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with
  asked as (
    select asked.* from unnest(p_job_ids, p_indexes, p_charges) as asked (job_id, asset_index, charge)
  ),
  settled as (
    update private.credit_holds as hold
    set settled_at = now(), charged = asked.charge, released = hold.amount - asked.charge
    from asked
    where hold.job_id = asked.job_id and hold.asset_index = asked.asset_index and hold.settled_at is null
    returning hold.*
  ),
  moves as (
    select settled.*, 'charge' as kind, 'spent' as target, settled.charged as moved
    from settled where settled.charged > 0
    union all
    select settled.*, 'release', 'available', settled.released
    from settled where settled.released > 0
  ),
  events as (
    insert into private.credit_events (kind, user_id, job_id, asset_index)
    select moves.kind, moves.user_id, moves.job_id, moves.asset_index from moves
    returning id, kind, job_id, asset_index
  ),
  postings as (
    insert into private.credit_postings (event_id, account, user_id, amount)
    select events.id, leg.account, moves.user_id, leg.amount
    from events
    join moves using (job_id, asset_index, kind)
    cross join lateral (values ('held', -moves.moved), (moves.target, moves.moved)) as leg (account, amount)
  ),
  balances as (
    update private.accounts as account
    set available = account.available + change.released,
        held = account.held - change.charged - change.released,
        spent = account.spent + change.charged
    from (
      select settled.user_id, sum(settled.charged)::bigint as charged, sum(settled.released)::bigint as released
      from settled group by settled.user_id
    ) as change
    where account.user_id = change.user_id
  )
  select settled.job_id, sum(settled.charged)::bigint, sum(settled.released)::bigint
  from settled group by settled.job_id;
end
$$;

alter table private.accounts enable row level security;
alter table private.credit_events enable row level security;
alter table private.credit_postings enable row level security;
alter table private.credit_holds enable row level security;
call private.close();
