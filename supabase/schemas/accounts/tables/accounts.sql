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
  window_jobs integer not null default 0,
  -- How often the content policy refused a text of this user, less one for each day since, and what follows: no
  -- orders for a while, or none until an operator has looked.
  strikes integer not null default 0 check (strikes >= 0),
  last_strike_at timestamptz,
  blocked_until timestamptz,
  suspended boolean not null default false
) with (fillfactor = 50);
comment on table private.accounts is 'Balances; always the sum of the postings. Half-empty pages keep updates HOT.';

-- Operators read those with strikes, who are few.
create index accounts_with_strikes on private.accounts (suspended desc, last_strike_at desc, user_id)
where last_strike_at is not null;

alter table private.accounts enable row level security;
