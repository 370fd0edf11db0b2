-- One page never has more, whatever is asked for.
create function private.page_size(p_limit integer) returns integer
language sql immutable
as $$
  select greatest(least(p_limit, 200), 0)
$$;
