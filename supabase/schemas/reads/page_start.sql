-- Pages continue behind the last row of the one before (created_at and id), so a row that arrives meanwhile
-- shifts nothing. The first page begins behind the end of time: one form of query, one index.
create function private.page_start(p_before timestamptz) returns timestamptz
language sql immutable
as $$
  select coalesce(p_before, 'infinity')
$$;
