-- How long a job waits to come a turn nearer.
create function private.turn_seconds() returns integer
language sql immutable
as $$
  select 600
$$;
