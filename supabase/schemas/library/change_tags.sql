-- Takes tags off an asset of the user's and puts others on; its job is locked.
create function private.change_tags(
  p_user_id uuid, p_format text, p_asset_id uuid, p_created_at timestamptz, p_add text[], p_remove text[],
  p_most integer, p_most_own integer
) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_number integer;
  v_is_new boolean;
begin
  if p_format = 'video' then
    delete from private.video_tags where video_id = p_asset_id and tag = any (p_remove);
  else
    delete from private.image_tags where image_id = p_asset_id and tag = any (p_remove);
  end if;
  if p_add is null then
    return;
  end if;

  -- One at a time, or two at once would both pass the limit of what their owner may have.
  perform from public.profiles where id = p_user_id for no key update;
  v_is_new := exists (
    select from unnest(p_add) as added
    where not exists (select from private.image_tags where user_id = p_user_id and tag = added)
      and not exists (select from private.video_tags where user_id = p_user_id and tag = added)
  );
  if p_format = 'video' then
    insert into private.video_tags (video_id, tag, user_id, created_at)
    select p_asset_id, tag, p_user_id, p_created_at from unnest(p_add) as tag
    on conflict do nothing;
    select count(*) into v_number from private.video_tags where video_id = p_asset_id;
  else
    insert into private.image_tags (image_id, tag, user_id, created_at)
    select p_asset_id, tag, p_user_id, p_created_at from unnest(p_add) as tag
    on conflict do nothing;
    select count(*) into v_number from private.image_tags where image_id = p_asset_id;
  end if;
  if v_number > p_most then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('field', 'add_tags', 'limit', p_most)
    );
  end if;
  if v_is_new and (select count(*) from private.tags_of(p_user_id)) > p_most_own then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('field', 'tags', 'limit', p_most_own)
    );
  end if;
end
$$;
