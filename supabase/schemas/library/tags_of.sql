-- A user's tags, each once, in their order: from one to the next by the index, and not through all that has them.
create function private.tags_of(p_user_id uuid) returns setof text
language sql stable
set search_path = ''
as $$
  with recursive own (tag) as (
    select private.next_tag(p_user_id, '')
    union all
    select private.next_tag(p_user_id, own.tag) from own where own.tag is not null
  )
  select tag from own where tag is not null
$$;
