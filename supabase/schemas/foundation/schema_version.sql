-- Grows with each migration that changes what the edge relies on; the edge says which it knows.
create function private.schema_version() returns integer
language sql immutable
as $$
  select 2
$$;
