-- One half of `my_assets`; `video_page` is the other. With and without `saved` are two queries, because each has its
-- own index; with a page's number of rows in mind the planner looks their jobs up instead of reading them all.
create function private.image_page(
  p_user_id uuid, p_saved boolean, p_before timestamptz, p_before_id uuid, p_limit integer
) returns setof public.images
language plpgsql stable rows 50
set search_path = ''
as $$
begin
  if p_saved is null then
    return query
    select * from public.images
    where user_id = p_user_id and status = 'completed' and (created_at, id) < (p_before, p_before_id)
    order by created_at desc, id desc limit p_limit;
  else
    return query
    select * from public.images
    where user_id = p_user_id and status = 'completed' and saved = p_saved
      and (created_at, id) < (p_before, p_before_id)
    order by created_at desc, id desc limit p_limit;
  end if;
end
$$;
