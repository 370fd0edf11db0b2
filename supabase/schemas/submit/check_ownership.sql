create function private.check_ownership(
  p_user_id uuid, p_project_id uuid, p_image_id uuid, p_video_id uuid, p_retry_of uuid
) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_field text;
begin
  if num_nonnulls(p_project_id, p_image_id, p_video_id, p_retry_of) = 0 then
    return;
  end if;
  v_field := case
    when p_project_id is not null
      and not exists (select from public.projects where id = p_project_id and user_id = p_user_id) then 'projectId'
    when p_image_id is not null
      and not exists (select from public.images where id = p_image_id and user_id = p_user_id) then 'imageId'
    when p_video_id is not null
      and not exists (select from public.videos where id = p_video_id and user_id = p_user_id) then 'videoId'
    when p_retry_of is not null
      and not exists (select from public.jobs where id = p_retry_of and user_id = p_user_id) then 'retryOf'
  end;
  if v_field is not null then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => jsonb_build_object('field', v_field));
  end if;
end
$$;
