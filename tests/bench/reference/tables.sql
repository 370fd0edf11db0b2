-- The tables of the flow that the seeds document, beside ours in the database of a bench, with the rights and the row
-- security that their functions and their page need.
create table public.reference_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  job_type text not null,
  format text not null,
  quality text not null,
  model_type text not null,
  metadata jsonb not null default '{}',
  project_id uuid,
  video_id uuid,
  image_id uuid,
  status text not null,
  error_message text,
  created_at timestamptz not null default now(),
  completed_at timestamptz
);
create table public.reference_images (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  job_id uuid,
  project_id uuid,
  image_index integer not null,
  prompt text not null,
  title text,
  image_url text,
  thumbnail_url text,
  status text not null,
  quality text not null,
  format text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index reference_images_of_job on public.reference_images (job_id, image_index);
create table public.reference_usage_logs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  action text not null,
  format text not null,
  quality text not null,
  credits_consumed integer not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);
alter table public.reference_jobs enable row level security;
alter table public.reference_images enable row level security;
alter table public.reference_usage_logs enable row level security;
create policy own on public.reference_jobs to authenticated
  using (user_id = (select private.caller_id())) with check (user_id = (select private.caller_id()));
create policy own on public.reference_images to authenticated
  using (user_id = (select private.caller_id())) with check (user_id = (select private.caller_id()));
create policy own on public.reference_usage_logs to authenticated
  using (user_id = (select private.caller_id())) with check (user_id = (select private.caller_id()));
grant all on public.reference_jobs, public.reference_images, public.reference_usage_logs to authenticated, service_role;
grant usage on schema private to authenticated;
notify pgrst, 'reload schema';
