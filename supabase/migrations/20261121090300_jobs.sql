-- Jobs and their assets: what a user sees, and the guard that no writer gets around.

-- The one table of states in SQL; a test compares every pair with the edge's. Staying in a state is no
-- transition.
create function private.transition_allowed(p_from text, p_to text) returns boolean
language sql immutable
as $$
  select (p_from, p_to) in (
    -- A worker that never announces its start settles a job that still reads as queued.
    ('queued', 'processing'), ('queued', 'completed'), ('queued', 'failed'), ('queued', 'canceled'),
    ('processing', 'completed'), ('processing', 'failed'), ('processing', 'canceled'),
    -- Another attempt, or a worker that gives the job back.
    ('processing', 'queued')
  )
$$;

create table public.jobs (
  id uuid primary key,
  user_id uuid not null references public.profiles (id),
  project_id uuid references public.projects (id) on delete set null,
  -- The sources that the user named. Their rows are never reused for what this job makes.
  image_id uuid,
  video_id uuid,
  retry_of uuid references public.jobs (id) on delete set null,
  job_type text not null check (job_type in (
    'sdxl_image_fast', 'sdxl_image_high', 'image_fast', 'image_high', 'video_fast', 'video_high',
    'image7b_fast_enhanced', 'image7b_high_enhanced', 'video7b_fast_enhanced', 'video7b_high_enhanced'
  )),
  format text not null generated always as (case when job_type like 'video%' then 'video' else 'image' end) stored,
  quality text not null generated always as (case when job_type like '%\_fast%' then 'fast' else 'high' end) stored,
  -- Older clients read the job's type under this name.
  model_type text not null generated always as (job_type) stored,
  queue text not null
    generated always as (case when job_type like 'sdxl\_%' then 'sdxl_queue' else 'wan_queue' end) stored,
  prompt text not null check (length(prompt) between 1 and 2000),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  num_assets smallint not null,
  price_each integer not null check (price_each > 0),
  priority smallint not null default 0 check (priority between -10 and 10),
  status text not null default 'queued'
    check (status in ('queued', 'processing', 'completed', 'failed', 'canceled')),
  attempt integer not null default 1 check (attempt >= 1),
  -- Grows with each write of the row: the compare of compare-and-swap.
  version bigint not null default 1,
  -- As of the row's last write; while a worker is at it, its lease knows better.
  progress smallint not null default 0 check (progress between 0 and 100),
  cancel_requested boolean not null default false,
  error_code text,
  error_message text,
  idempotency_key text check (length(idempotency_key) between 1 and 255),
  fingerprint text not null,
  webhook_url text,
  webhook_events text[] not null default '{}',
  created_at timestamptz not null default now(),
  -- When it last began to wait for a worker.
  queued_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  check (num_assets = 1 or (job_type like 'sdxl\_%' and num_assets in (3, 6))),
  check ((status in ('completed', 'failed', 'canceled')) = (completed_at is not null)),
  check (status <> 'failed' or (error_code is not null and error_message is not null))
);

create unique index jobs_idempotency on public.jobs (user_id, idempotency_key) where idempotency_key is not null;
create index jobs_of_user on public.jobs (user_id, created_at desc, id desc);
create index jobs_of_user_by_status on public.jobs (user_id, status, created_at desc, id desc);
create index jobs_unfinished on public.jobs (user_id) where status in ('queued', 'processing');
create index jobs_of_project on public.jobs (project_id) where project_id is not null;
create index jobs_retries on public.jobs (retry_of) where retry_of is not null;
-- The order in which a queue is served: by age, not by `queued_at`, so that a job whose worker was lost does not
-- go to the end. What a position or an expected time needs is in the index itself.
create index jobs_waiting on public.jobs (queue, ((-priority)), created_at, id) include (job_type, num_assets)
  where status = 'queued';
create index jobs_waiting_since on public.jobs (queued_at) where status = 'queued';
create index jobs_running on public.jobs (queue, user_id) include (job_type, num_assets) where status = 'processing';
create index jobs_started on public.jobs (queue, started_at desc) where started_at is not null;

create table public.images (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references public.jobs (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  project_id uuid references public.projects (id) on delete set null,
  image_index smallint not null check (image_index between 0 and 5),
  title text,
  prompt text not null,
  quality text not null check (quality in ('fast', 'high')),
  status text not null default 'queued'
    check (status in ('queued', 'processing', 'completed', 'failed', 'canceled')),
  image_url text,
  thumbnail_url text,
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  saved boolean not null default false,
  preferred boolean not null default false,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  unique (job_id, image_index),
  check (status <> 'completed' or image_url is not null)
);

create table public.videos (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null unique references public.jobs (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  project_id uuid references public.projects (id) on delete set null,
  title text,
  prompt text not null,
  quality text not null check (quality in ('fast', 'high')),
  status text not null default 'queued'
    check (status in ('queued', 'processing', 'completed', 'failed', 'canceled')),
  video_url text,
  thumbnail_url text,
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  saved boolean not null default false,
  preferred boolean not null default false,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  check (status <> 'completed' or video_url is not null)
);

-- Pages of finished assets, newest first, with and without the question whether they are in the library.
create index images_of_user on public.images (user_id, created_at desc, id desc) where status = 'completed';
create index images_of_user_by_saved on public.images (user_id, saved, created_at desc, id desc)
  where status = 'completed';
create index images_of_project on public.images (project_id) where project_id is not null;
create index videos_of_user on public.videos (user_id, created_at desc, id desc) where status = 'completed';
create index videos_of_user_by_saved on public.videos (user_id, saved, created_at desc, id desc)
  where status = 'completed';
create index videos_of_project on public.videos (project_id) where project_id is not null;

-- Older clients read all pictures of a batch as one array.
create view public.job_image_urls with (security_invoker = true) as
  select job_id, user_id, array_agg(image_url order by image_index) as image_urls
  from public.images
  where status = 'completed'
  group by job_id, user_id;

create table public.usage_logs (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id),
  job_id uuid not null unique references public.jobs (id) on delete cascade,
  action text not null,
  format text not null,
  quality text not null,
  -- What was held at first, what was charged in the end.
  credits_consumed bigint not null check (credits_consumed >= 0),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index usage_logs_of_user on public.usage_logs (user_id, created_at desc, id desc);

create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id),
  job_id uuid not null references public.jobs (id) on delete cascade,
  event text not null check (event in ('completed', 'failed', 'canceled')),
  url text not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz not null default now(),
  last_status integer,
  last_error text,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  unique (job_id, event)
);
create index webhook_deliveries_of_user on public.webhook_deliveries (user_id, created_at desc, id desc);
create index webhook_deliveries_due on public.webhook_deliveries (next_attempt_at) where status = 'pending';
create index webhook_deliveries_age on public.webhook_deliveries (created_at);

-- Holds for every writer, also for an operator with a SQL prompt: what has ended stays as it ended, an
-- attempt never goes back, and each write of a job is seen by whoever read it before.
create function private.guard_job() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'queued' or new.attempt <> 1 or new.version <> 1 then
      raise exception 'a job begins queued, at attempt 1 and version 1' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.status <> old.status and not private.transition_allowed(old.status, new.status) then
    raise exception 'a job cannot go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  if old.completed_at is not null and new.completed_at is distinct from old.completed_at then
    raise exception 'a job ends once' using errcode = 'check_violation';
  end if;
  if new.attempt <> old.attempt
    -- From queued too: a worker that never said that it began may ask for another attempt.
    and not (new.attempt = old.attempt + 1 and new.status = 'queued') then
    raise exception 'only requeueing starts another attempt' using errcode = 'check_violation';
  end if;
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end
$$;
create trigger guard before insert or update on public.jobs
  for each row execute function private.guard_job();

create function private.guard_asset() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'queued' then
      raise exception 'an asset begins queued' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.status <> old.status and not private.transition_allowed(old.status, new.status) then
    raise exception 'an asset cannot go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  new.updated_at := now();
  return new;
end
$$;
create trigger guard before insert or update on public.images
  for each row execute function private.guard_asset();
create trigger guard before insert or update on public.videos
  for each row execute function private.guard_asset();

alter table public.jobs enable row level security;
alter table public.images enable row level security;
alter table public.videos enable row level security;
alter table public.usage_logs enable row level security;
alter table public.webhook_deliveries enable row level security;

create policy own_jobs on public.jobs
  for select to authenticated using (user_id = (select private.caller_id()));
create policy own_images on public.images
  for select to authenticated using (user_id = (select private.caller_id()));
create policy own_videos on public.videos
  for select to authenticated using (user_id = (select private.caller_id()));
create policy own_usage_logs on public.usage_logs
  for select to authenticated using (user_id = (select private.caller_id()));
create policy own_webhook_deliveries on public.webhook_deliveries
  for select to authenticated using (user_id = (select private.caller_id()));

revoke all on table public.jobs, public.images, public.videos, public.job_image_urls, public.usage_logs,
  public.webhook_deliveries from public, anon, authenticated, service_role;
revoke all on sequence public.usage_logs_id_seq from public, anon, authenticated, service_role;
grant select on public.jobs, public.images, public.videos, public.job_image_urls, public.usage_logs,
  public.webhook_deliveries to authenticated;

-- Supabase's Realtime tells browsers of row updates; elsewhere the publication does not exist.
do $$
begin
  if exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table public.jobs, public.images, public.videos;
  end if;
end
$$;
call private.close();
