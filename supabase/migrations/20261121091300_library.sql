-- What owners do with what they have: the library, deleting, projects.

-- A deleted asset's row is gone at once, and its objects are doomed in the same transaction, so nothing can be
-- left half deleted. This remembers whose it was: a repeated delete succeeds, and a stranger's is a 404.
create table private.deleted_assets (
  asset_id uuid primary key,
  user_id uuid not null references public.profiles (id),
  deleted_at timestamptz not null default now()
);

-- At most one preferred asset a job; a video is its job's only one anyway.
create unique index images_preferred on public.images (job_id) where preferred;

alter table private.deleted_assets enable row level security;

-- The job of an asset of the user's, locked: jobs are locked before everything else, and whoever changes an
-- asset of a job waits for whoever settles it.
create function private.lock_job_of_asset(p_user_id uuid, p_asset_id uuid) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs
  where user_id = p_user_id and id = coalesce(
    (select job_id from public.images where id = p_asset_id),
    (select job_id from public.videos where id = p_asset_id)
  )
  for no key update;
  return v_job;
end
$$;

create function public.update_asset(
  p_user_id uuid, p_asset_id uuid,
  p_saved boolean default null, p_preferred boolean default null, p_title text default null
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
    perform private.refuse(404, 'not_found', '{"field": "id"}');
  end if;
  -- There is nothing yet to keep, or there never will be.
  if coalesce(v_image.status, v_video.status) <> 'completed' then
    perform private.refuse(409, 'state_conflict', jsonb_build_object(
      'status', coalesce(v_image.status, v_video.status)
    ));
  end if;

  if v_video.id is not null then
    update public.videos
    set saved = coalesce(p_saved, saved), preferred = coalesce(p_preferred, preferred), title = coalesce(p_title, title)
    where id = p_asset_id
    returning * into v_video;
    return private.video_view(v_video, v_job.job_type, v_job.status);
  end if;
  if p_preferred then
    update public.images set preferred = false where job_id = v_job.id and preferred and id <> p_asset_id;
  end if;
  update public.images
  set saved = coalesce(p_saved, saved), preferred = coalesce(p_preferred, preferred), title = coalesce(p_title, title)
  where id = p_asset_id
  returning * into v_image;
  return private.image_view(v_image, v_job.job_type, v_job.status);
end
$$;

-- Dooms an asset's object and its thumbnail, unless another asset of the job shows the same. An upload link of
-- the job may still be good for a while, and an object must not come back after it was deleted.
create function private.doom_asset(p_job public.jobs, p_asset_id uuid, p_keys text[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  c_upload_links interval := interval '11 minutes';
begin
  insert into private.doomed_objects (bucket, key, due_at)
  select p_job.job_type, gone.key, greatest(now(), p_job.completed_at + c_upload_links)
  from (select distinct unnest(p_keys)) as gone (key)
  where gone.key is not null
    -- The placeholder of all videos.
    and gone.key not like 'system\_assets/%'
    and not exists (
      select from public.images as other
      where other.job_id = p_job.id and other.id <> p_asset_id and gone.key in (other.image_url, other.thumbnail_url)
    )
  on conflict do nothing;
end
$$;

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
    perform private.refuse(404, 'not_found', '{"field": "id"}');
  end if;
  -- Settling counts the rows of a job.
  if v_job.completed_at is null then
    perform private.refuse(409, 'state_conflict', jsonb_build_object('status', v_job.status));
  end if;

  if v_job.format = 'video' then
    delete from public.videos where id = p_asset_id returning array[video_url, thumbnail_url] into v_keys;
  else
    delete from public.images where id = p_asset_id returning array[image_url, thumbnail_url] into v_keys;
  end if;
  if v_keys is null then
    return;
  end if;
  perform private.doom_asset(v_job, p_asset_id, v_keys);
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

create function private.project_view(p_project public.projects) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_project.id,
    'user_id', p_project.user_id,
    'title', p_project.title,
    'original_prompt', p_project.original_prompt,
    'enhanced_prompt', p_project.enhanced_prompt,
    'character_id', p_project.character_id,
    'created_at', private.rfc3339(p_project.created_at),
    'updated_at', private.rfc3339(p_project.updated_at)
  )
$$;

create function public.create_project(
  p_user_id uuid, p_project_id uuid, p_max_projects integer,
  p_title text default null, p_original_prompt text default null, p_enhanced_prompt text default null,
  p_character_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_project public.projects;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- The edge asks again with the same id when the answer to a commit was lost.
  select * into v_project from public.projects where id = p_project_id and user_id = p_user_id;
  if found then
    return private.project_view(v_project);
  end if;
  -- Two at once may go one above the limit; it is there against thousands.
  if (select count(*) from public.projects where user_id = p_user_id) >= p_max_projects then
    perform private.refuse(409, 'state_conflict', jsonb_build_object('limit', p_max_projects));
  end if;
  insert into public.projects (id, user_id, title, original_prompt, enhanced_prompt, character_id)
  values (p_project_id, p_user_id, p_title, p_original_prompt, p_enhanced_prompt, p_character_id)
  returning * into v_project;
  return private.project_view(v_project);
end
$$;

-- `p_changes` has the columns to set; null empties one, and what is absent stays.
create function public.update_project(p_user_id uuid, p_project_id uuid, p_changes jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_project public.projects;
begin
  perform private.require_edge();
  update public.projects as project
  set title = case when p_changes ? 'title' then p_changes ->> 'title' else project.title end,
      original_prompt = case
        when p_changes ? 'original_prompt' then p_changes ->> 'original_prompt' else project.original_prompt
      end,
      enhanced_prompt = case
        when p_changes ? 'enhanced_prompt' then p_changes ->> 'enhanced_prompt' else project.enhanced_prompt
      end,
      character_id = case
        when p_changes ? 'character_id' then (p_changes ->> 'character_id')::uuid else project.character_id
      end,
      updated_at = now()
  where project.id = p_project_id and project.user_id = p_user_id
  returning * into v_project;
  if not found then
    perform private.refuse(404, 'not_found', '{"field": "id"}');
  end if;
  return private.project_view(v_project);
end
$$;

create function public.my_projects(
  p_limit integer, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
begin
  return coalesce((
    select jsonb_agg(private.project_view(project) order by project.created_at desc, project.id desc)
    from (
      select * from public.projects
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as project
  ), '[]');
end
$$;

revoke all on function public.update_asset, public.delete_asset, public.create_project, public.update_project,
  public.my_projects from public, anon, authenticated, service_role;
grant execute on function public.update_asset, public.delete_asset, public.create_project, public.update_project
  to ourvidz_edge;
grant execute on function public.my_projects to authenticated;
call private.close();
