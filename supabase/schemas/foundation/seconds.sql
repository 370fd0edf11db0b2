create function private.seconds(p_seconds bigint) returns interval
language sql immutable
as $$
  select p_seconds * interval '1 second'
$$;
