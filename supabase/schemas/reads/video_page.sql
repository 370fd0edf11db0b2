-- As `image_page`, of videos.
create function private.video_page(
  p_user_id uuid, p_saved boolean, p_project_id uuid, p_words text[], p_before timestamptz, p_before_id uuid,
  p_limit integer
) returns setof public.videos
language plpgsql stable rows 50
set search_path = ''
as $$
begin
  if p_saved is null then
    return query
    select video.* from public.videos as video
    where video.user_id = p_user_id and video.status = 'completed'
      and (video.created_at, video.id) < (p_before, p_before_id)
      and (p_project_id is null or video.project_id = p_project_id)
      and (p_words is null or private.has_words(
        p_job_id => video.job_id, p_title => video.title, p_words => p_words
      ))
    order by video.created_at desc, video.id desc limit p_limit;
  else
    return query
    select video.* from public.videos as video
    where video.user_id = p_user_id and video.status = 'completed' and video.saved = p_saved
      and (video.created_at, video.id) < (p_before, p_before_id)
      and (p_project_id is null or video.project_id = p_project_id)
      and (p_words is null or private.has_words(
        p_job_id => video.job_id, p_title => video.title, p_words => p_words
      ))
    order by video.created_at desc, video.id desc limit p_limit;
  end if;
end
$$;
