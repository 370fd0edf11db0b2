-- One half of `my_assets`; `video_page` is the other. With and without `saved` are two queries, because each has its
-- own index; with a page's number of rows in mind the planner looks their jobs up instead of reading them all. A search
-- goes through the user's own assets by the same index, newest first, until the page is full.
create function private.image_page(
  p_user_id uuid, p_saved boolean, p_project_id uuid, p_words text[], p_before timestamptz, p_before_id uuid,
  p_limit integer
) returns setof public.images
language plpgsql stable rows 50
set search_path = ''
as $$
begin
  if p_saved is null then
    return query
    select image.* from public.images as image
    where image.user_id = p_user_id and image.status = 'completed'
      and (image.created_at, image.id) < (p_before, p_before_id)
      and (p_project_id is null or image.project_id = p_project_id)
      and (p_words is null or private.has_words(
        p_job_id => image.job_id, p_title => image.title, p_words => p_words
      ))
    order by image.created_at desc, image.id desc limit p_limit;
  else
    return query
    select image.* from public.images as image
    where image.user_id = p_user_id and image.status = 'completed' and image.saved = p_saved
      and (image.created_at, image.id) < (p_before, p_before_id)
      and (p_project_id is null or image.project_id = p_project_id)
      and (p_words is null or private.has_words(
        p_job_id => image.job_id, p_title => image.title, p_words => p_words
      ))
    order by image.created_at desc, image.id desc limit p_limit;
  end if;
end
$$;
