-- The edge relies on what came since the first schema: reports with a machine's vitals, webhooks, tickets.

create or replace function private.schema_version() returns integer
language sql immutable
as $$
  select 2
$$;

call private.close();
