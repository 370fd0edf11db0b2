create function private.milliseconds(p_milliseconds bigint) returns interval
language sql immutable
as $$
  select p_milliseconds * interval '1 millisecond'
$$;
