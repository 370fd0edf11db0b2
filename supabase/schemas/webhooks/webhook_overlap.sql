create function private.webhook_overlap() returns interval
language sql immutable
as $$
  select interval '24 hours'
$$;
