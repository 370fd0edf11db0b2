-- The first of a user's tags behind another one.
create function private.next_tag(p_user_id uuid, p_behind text) returns text
language sql stable
set search_path = ''
as $$
  select least(
    (select min(tag) from private.image_tags where user_id = p_user_id and tag > p_behind),
    (select min(tag) from private.video_tags where user_id = p_user_id and tag > p_behind)
  )
$$;
