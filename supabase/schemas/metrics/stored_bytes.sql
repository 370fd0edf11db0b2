-- Finished assets take up room from when they are there until they are deleted. The edge notes the size of each
-- when it looks at the objects; where that look is switched off, nothing is known.
create function private.stored_bytes(p_metadata jsonb) returns bigint
language sql immutable
as $$
  select coalesce((p_metadata ->> 'bytes')::bigint, 0) + coalesce((p_metadata ->> 'thumbnail_bytes')::bigint, 0)
$$;
