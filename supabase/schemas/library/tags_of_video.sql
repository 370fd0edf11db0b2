-- As `tags_of_image`, of a video.
create function private.tags_of_video(p_video_id uuid) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return coalesce((select jsonb_agg(tag order by tag) from private.video_tags where video_id = p_video_id), '[]');
end
$$;
