-- The id that goes with `page_start`: behind the end of all ids.
create function private.page_start_id(p_before_id uuid) returns uuid
language sql immutable
as $$
  select coalesce(p_before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
$$;
