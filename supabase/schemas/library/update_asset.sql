create function public.update_asset(
  p_user_id uuid, p_asset_id uuid, p_most_tags integer, p_most_own_tags integer,
  p_saved boolean default null, p_preferred boolean default null, p_title text default null,
  p_add_tags text[] default null, p_remove_tags text[] default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_job public.jobs;
  v_image public.images;
  v_video public.videos;
begin
  perform private.require_edge();
  v_job := private.lock_job_of_asset(p_user_id, p_asset_id);
  select * into v_image from public.images where id = p_asset_id and job_id = v_job.id;
  select * into v_video from public.videos where id = p_asset_id and job_id = v_job.id;
  if v_image.id is null and v_video.id is null then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  -- There is nothing yet to keep, or there never will be.
  if coalesce(v_image.status, v_video.status) <> 'completed' then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict',
      p_details => jsonb_build_object(
        'status', coalesce(v_image.status, v_video.status)
      )
    );
  end if;

  perform private.change_tags(
    p_user_id => p_user_id, p_format => v_job.format, p_asset_id => p_asset_id,
    p_created_at => coalesce(v_image.created_at, v_video.created_at),
    p_add => p_add_tags, p_remove => p_remove_tags, p_most => p_most_tags, p_most_own => p_most_own_tags
  );
  if v_video.id is not null then
    update public.videos
    set saved = coalesce(p_saved, saved), preferred = coalesce(p_preferred, preferred), title = coalesce(p_title, title)
    where id = p_asset_id
    returning * into v_video;
    return private.video_view(v_video, v_job);
  end if;
  if p_preferred then
    update public.images set preferred = false where job_id = v_job.id and preferred and id <> p_asset_id;
  end if;
  update public.images
  set saved = coalesce(p_saved, saved), preferred = coalesce(p_preferred, preferred), title = coalesce(p_title, title)
  where id = p_asset_id
  returning * into v_image;
  return private.image_view(v_image, v_job);
end
$$;

revoke all on function public.update_asset from public, anon, authenticated, service_role;
grant execute on function public.update_asset to ourvidz_edge;
