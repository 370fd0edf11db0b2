create function private.readable_duration(p_seconds bigint) returns text
language sql immutable
as $$
  select case
    when p_seconds < 120 then p_seconds || ' seconds'
    when p_seconds < 7200 then p_seconds / 60 || ' minutes'
    when p_seconds < 172800 then p_seconds / 3600 || ' hours'
    else p_seconds / 86400 || ' days'
  end
$$;
