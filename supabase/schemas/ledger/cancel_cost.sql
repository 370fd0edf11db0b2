-- What a canceled job costs in all: what was delivered, or the share of what can still be had that was done when its
-- owner called it off, rounded up once, whichever is more.
create function private.cancel_cost(p_total bigint, p_delivered bigint, p_progress smallint) returns bigint
language sql immutable
as $$
  select greatest(p_delivered, ceil(p_total * p_progress / 100.0)::bigint)
$$;
