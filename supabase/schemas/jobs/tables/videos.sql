create table public.videos (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null unique references public.jobs (id) on delete cascade,
  -- Its job's, and so known.
  user_id uuid not null,
  project_id uuid references public.projects (id) on delete set null,
  title text,
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

create index videos_of_user on public.videos (user_id, created_at desc, id desc) where status = 'completed';
create index videos_of_user_by_saved on public.videos (user_id, saved, created_at desc, id desc)
  where status = 'completed';
create index videos_of_project on public.videos (project_id) where project_id is not null;

create trigger guard_new before insert on public.videos
  for each row when (new.status <> 'queued') execute function private.guard_asset();
create trigger guard before update on public.videos
  for each row execute function private.guard_asset();
create trigger measure_finished_assets after update on public.videos
  referencing old table as before new table as after
  for each statement execute function private.measure_finished_assets();
create trigger measure_deleted_assets after delete on public.videos
  referencing old table as gone
  for each statement execute function private.measure_deleted_assets();

alter table public.videos enable row level security;
create policy own_videos on public.videos
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.videos from public, anon, authenticated, service_role;
grant select on public.videos to authenticated;
