-- Workers of the old kind do not say who they are; all of a queue's share one row.
create function private.unnamed_worker(p_queue text) returns text
language sql immutable
as $$
  select 'unnamed ' || p_queue
$$;
