-- The month that a key's limit counts a moment to: the calendar's, in UTC.
create function private.month_of(p_at timestamptz) returns date
language sql immutable
as $$
  select pg_catalog.date_trunc('month', p_at at time zone 'UTC')::date
$$;
