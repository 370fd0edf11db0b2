create function public.delete_asset(p_user_id uuid, p_asset_id uuid) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  v_job public.jobs;
  v_keys text[];
begin
  perform private.require_edge();
  v_job := private.lock_job_of_asset(p_user_id, p_asset_id);
  if v_job.id is null then
    -- Deleted before, perhaps a moment ago, while this waited for the job.
    if exists (select from private.deleted_assets where asset_id = p_asset_id and user_id = p_user_id) then
      return;
    end if;
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  -- Settling counts the rows of a job.
  if v_job.completed_at is null then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_job.status)
    );
  end if;

  if v_job.format = 'video' then
    delete from public.videos where id = p_asset_id returning array[video_url, thumbnail_url] into v_keys;
  else
    delete from public.images where id = p_asset_id returning array[image_url, thumbnail_url] into v_keys;
  end if;
  if v_keys is null then
    return;
  end if;
  perform private.schedule_asset_deletion(p_job => v_job, p_asset_id => p_asset_id, p_keys => v_keys);
  insert into private.deleted_assets (asset_id, user_id) values (p_asset_id, p_user_id);
  -- The job must not go on naming what is gone.
  update public.jobs
  set metadata = metadata || jsonb_build_object('primary_asset', left_over.urls -> 0, 'all_assets', left_over.urls)
  from (
    select coalesce(jsonb_agg(url order by place) filter (where url <> v_keys[1]), '[]') as urls
    from jsonb_array_elements_text(coalesce(v_job.metadata -> 'all_assets', '[]')) with ordinality as named (url, place)
  ) as left_over
  where id = v_job.id and v_job.metadata -> 'all_assets' ? v_keys[1];
end
$$;

revoke all on function public.delete_asset from public, anon, authenticated, service_role;
grant execute on function public.delete_asset to ourvidz_edge;
