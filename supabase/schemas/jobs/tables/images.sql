create table public.images (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references public.jobs (id) on delete cascade,
  -- Its job's, and so known.
  user_id uuid not null,
  project_id uuid references public.projects (id) on delete set null,
  image_index smallint not null check (image_index between 0 and 5),
  title text,
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

-- Pages of finished assets, newest first, with and without the question whether they are in the library.
create index images_of_user on public.images (user_id, created_at desc, id desc) where status = 'completed';
create index images_of_user_by_saved on public.images (user_id, saved, created_at desc, id desc)
  where status = 'completed';
create index images_of_project on public.images (project_id) where project_id is not null;
-- At most one preferred asset a job; a video is its job's only one anyway.
create unique index images_preferred on public.images (job_id) where preferred;

create trigger guard_new before insert on public.images
  for each row when (new.status <> 'queued') execute function private.guard_asset();
create trigger guard before update on public.images
  for each row execute function private.guard_asset();
create trigger measure_finished_assets after update on public.images
  referencing old table as before new table as after
  for each statement execute function private.measure_finished_assets();
create trigger measure_deleted_assets after delete on public.images
  referencing old table as gone
  for each statement execute function private.measure_deleted_assets();

alter table public.images enable row level security;
create policy own_images on public.images
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.images from public, anon, authenticated, service_role;
grant select on public.images to authenticated;
