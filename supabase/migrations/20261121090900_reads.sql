-- What users read: their jobs, assets and events. All of it is about the caller in the token; nothing takes a
-- user's id as an argument.

-- An asset as its owner sees it. While its job runs it runs too; that is not written, because a write would
-- tell every listener of a change in which there is nothing to see.
create function private.asset_status(p_asset text, p_job text) returns text
language sql immutable
as $$
  select case when p_asset = 'queued' and p_job = 'processing' then 'processing' else p_asset end
$$;

create function private.image_view(p_image public.images, p_job_type text, p_job_status text) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_image.id,
    'job_id', p_image.job_id,
    'kind', 'image',
    'job_type', p_job_type,
    'image_index', p_image.image_index,
    'status', private.asset_status(p_image.status, p_job_status),
    'title', p_image.title,
    'url', p_image.image_url,
    'thumbnail_url', p_image.thumbnail_url,
    'saved', p_image.saved,
    'preferred', p_image.preferred,
    'metadata', p_image.metadata,
    'created_at', private.rfc3339(p_image.created_at)
  )
$$;

create function private.video_view(p_video public.videos, p_job_type text, p_job_status text) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_video.id,
    'job_id', p_video.job_id,
    'kind', 'video',
    'job_type', p_job_type,
    'image_index', 0,
    'status', private.asset_status(p_video.status, p_job_status),
    'title', p_video.title,
    'url', p_video.video_url,
    'thumbnail_url', p_video.thumbnail_url,
    'saved', p_video.saved,
    'preferred', p_video.preferred,
    'metadata', p_video.metadata,
    'created_at', private.rfc3339(p_video.created_at)
  )
$$;

create function private.job_view(p_job public.jobs) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_outlook record;
  v_waiting_for text;
  v_progress smallint := p_job.progress;
  v_credits jsonb;
  v_assets jsonb;
begin
  select * into v_outlook from private.outlook(p_job);
  if p_job.status = 'queued' then
    v_waiting_for := coalesce(
      private.queue_trouble(p_job.queue),
      case v_outlook.place
        when 1 then 'the next free worker'
        when 2 then 'one job that goes first'
        else (v_outlook.place - 1) || ' jobs that go first'
      end
    );
  elsif p_job.status = 'processing' then
    select greatest(v_progress, lease.progress) into v_progress
    from private.leases as lease where lease.job_id = p_job.id;
  end if;

  select jsonb_build_object(
    'held', coalesce(sum(hold.amount) filter (where hold.settled_at is null), 0),
    'charged', coalesce(sum(hold.charged), 0),
    'released', coalesce(sum(hold.released), 0)
  )
  into v_credits
  from private.credit_holds as hold where hold.job_id = p_job.id;

  if p_job.format = 'video' then
    select jsonb_agg(private.video_view(video, p_job.job_type, p_job.status)) into v_assets
    from public.videos as video where video.job_id = p_job.id;
  else
    select jsonb_agg(private.image_view(image, p_job.job_type, p_job.status) order by image.image_index)
    into v_assets
    from public.images as image where image.job_id = p_job.id;
  end if;

  return jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'status', p_job.status,
    'job_type', p_job.job_type,
    'progress', coalesce(v_progress, p_job.progress),
    'attempt', p_job.attempt,
    'cancel_requested', p_job.cancel_requested,
    'prompt', p_job.prompt,
    'metadata', p_job.metadata,
    'error_code', p_job.error_code,
    'error_message', p_job.error_message,
    'position', v_outlook.place,
    'eta_seconds', v_outlook.eta_seconds,
    'waiting_for', v_waiting_for,
    'credits', v_credits,
    'created_at', private.rfc3339(p_job.created_at),
    'started_at', private.rfc3339(p_job.started_at),
    'completed_at', private.rfc3339(p_job.completed_at),
    'assets', coalesce(v_assets, '[]')
  );
end
$$;

create function public.my_job(p_job_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_job public.jobs;
begin
  select * into v_job from public.jobs where id = p_job_id and user_id = v_user_id;
  return case when v_job.id is not null then private.job_view(v_job) end;
end
$$;

-- Pages continue behind the last row of the one before (created_at and id), so a row that arrives meanwhile
-- shifts nothing. The first page begins behind the end of time: one form of query, one index.
create function private.page_start(p_before timestamptz) returns timestamptz
language sql immutable
as $$
  select coalesce(p_before, 'infinity')
$$;
create function private.page_start_id(p_before_id uuid) returns uuid
language sql immutable
as $$
  select coalesce(p_before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
$$;
-- One page never has more, whatever is asked for.
create function private.page_size(p_limit integer) returns integer
language sql immutable
as $$
  select greatest(least(p_limit, 200), 0)
$$;

create function public.my_jobs(
  p_limit integer, p_status text default null, p_job_type text default null,
  p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_jobs jsonb;
begin
  if p_status is null then
    select jsonb_agg(private.job_view(job) order by job.created_at desc, job.id desc) into v_jobs
    from (
      select * from public.jobs
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and (p_job_type is null or job_type = p_job_type)
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as job;
  else
    select jsonb_agg(private.job_view(job) order by job.created_at desc, job.id desc) into v_jobs
    from (
      select * from public.jobs
      where user_id = v_user_id and status = p_status
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and (p_job_type is null or job_type = p_job_type)
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as job;
  end if;
  return coalesce(v_jobs, '[]');
end
$$;

-- The two halves of `my_assets`. With and without `saved` are two queries, because each has its own index; with
-- a page's number of rows in mind the planner looks their jobs up instead of reading them all.
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

create function private.video_page(
  p_user_id uuid, p_saved boolean, p_before timestamptz, p_before_id uuid, p_limit integer
) returns setof public.videos
language plpgsql stable rows 50
set search_path = ''
as $$
begin
  if p_saved is null then
    return query
    select * from public.videos
    where user_id = p_user_id and status = 'completed' and (created_at, id) < (p_before, p_before_id)
    order by created_at desc, id desc limit p_limit;
  else
    return query
    select * from public.videos
    where user_id = p_user_id and status = 'completed' and saved = p_saved
      and (created_at, id) < (p_before, p_before_id)
    order by created_at desc, id desc limit p_limit;
  end if;
end
$$;

create function public.my_assets(
  p_limit integer, p_kind text default null, p_saved boolean default null,
  p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_before timestamptz := private.page_start(p_before);
  v_before_id uuid := private.page_start_id(p_before_id);
  v_limit integer := private.page_size(p_limit);
  v_assets jsonb;
begin
  select jsonb_agg(page.view order by page.created_at desc, page.id desc) into v_assets
  from (
    select either.* from (
      select image.created_at, image.id, private.image_view(image, job.job_type, job.status) as view
      from private.image_page(v_user_id, p_saved, v_before, v_before_id, v_limit) as image
      join public.jobs as job on job.id = image.job_id
      where coalesce(p_kind, 'image') = 'image'
      union all
      select video.created_at, video.id, private.video_view(video, job.job_type, job.status)
      from private.video_page(v_user_id, p_saved, v_before, v_before_id, v_limit) as video
      join public.jobs as job on job.id = video.job_id
      where coalesce(p_kind, 'video') = 'video'
    ) as either
    order by either.created_at desc, either.id desc
    limit v_limit
  ) as page;
  return coalesce(v_assets, '[]');
end
$$;

create function public.my_events(p_after bigint, p_limit integer, p_job_id uuid default null) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_events jsonb;
begin
  if p_job_id is null then
    select jsonb_agg(event.view order by event.position) into v_events
    from (
      select position, jsonb_build_object(
        'cursor', position, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where user_id = v_user_id and position > p_after
      order by position limit private.page_size(p_limit)
    ) as event;
  else
    select jsonb_agg(event.view order by event.seq) into v_events
    from (
      select seq, jsonb_build_object(
        'cursor', seq, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where job_id = p_job_id and user_id = v_user_id and seq > p_after
      order by seq limit private.page_size(p_limit)
    ) as event;
  end if;
  return coalesce(v_events, '[]');
end
$$;

revoke all on function public.my_job, public.my_jobs, public.my_assets, public.my_events
  from public, anon, authenticated, service_role;
grant execute on function public.my_job, public.my_jobs, public.my_assets, public.my_events to authenticated;
call private.close();
