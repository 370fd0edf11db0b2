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

alter table private.accounts enable row level security;
