-- Since when a job counts as waiting in the order of turns. What an operator has expedited counts as a day older, which
-- is as long as anything waits. Its turns stay bounded like all others: what has waited for a day is not passed by it.
create function private.waits_since(p_created_at timestamptz, p_expedited boolean) returns timestamptz
language sql stable
as $$
  select p_created_at - case when p_expedited then interval '1 day' else interval '0' end
$$;
