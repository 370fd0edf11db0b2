-- Microseconds are kept, because pages continue behind exactly this value.
create function private.rfc3339(p_at timestamptz) returns text
language sql stable
as $$
  select pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
