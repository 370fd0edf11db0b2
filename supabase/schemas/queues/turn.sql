-- A job's turn in its queue; what has the lowest goes first, then the shortest, then the oldest. It is how many of its
-- owner's would run with it, those that run and those that wait before it; each ten minutes that it has waited bring it
-- a turn nearer, so that waiting wins in the end: what is ordered ten minutes times its turn later never goes first.
create function private.turn(p_place bigint, p_running bigint, p_since timestamptz) returns bigint
language sql stable
as $$
  select p_place + p_running - floor(extract(epoch from now() - p_since) / private.turn_seconds())::bigint
$$;
