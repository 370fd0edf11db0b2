-- As `image_page`, of videos.
create function private.video_page(
  p_user_id uuid, p_saved boolean, p_project_id uuid, p_tag text, p_words text[],
  p_from timestamptz, p_until timestamptz, p_oldest boolean, p_behind timestamptz, p_behind_id uuid, p_limit integer
) returns setof public.videos
language plpgsql stable rows 50
set search_path = ''
as $$
begin
  return query execute format(
    $query$
      select video.* from %4$s
      where %5$s.user_id = $1 and video.status = 'completed' and %1$s
        and %5$s.created_at >= $5 and %5$s.created_at < $6 and (%5$s.created_at, %6$s) %2$s ($7, $8)
        and ($3 is null or video.project_id = $3)
        and ($4 is null or private.has_words(p_job_id => video.job_id, p_title => video.title, p_words => $4))
      order by %5$s.created_at %3$s, %6$s %3$s limit $9
    $query$,
    case when p_saved is null then 'true' else 'video.saved = $2' end,
    case when p_oldest then '>' else '<' end,
    case when p_oldest then 'asc' else 'desc' end,
    case
      when p_tag is null then 'public.videos as video'
      else 'private.video_tags as tagged join public.videos as video on video.id = tagged.video_id and tagged.tag = $10'
    end,
    case when p_tag is null then 'video' else 'tagged' end,
    case when p_tag is null then 'video.id' else 'tagged.video_id' end
  ) using
    p_user_id, p_saved, p_project_id, p_words, p_from, p_until, p_behind, p_behind_id, p_limit, p_tag;
end
$$;
