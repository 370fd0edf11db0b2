create table public.projects (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id),
  title text check (length(title) between 1 and 200),
  original_prompt text check (length(original_prompt) <= 2000),
  enhanced_prompt text check (length(enhanced_prompt) <= 2000),
  character_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index projects_of_user on public.projects (user_id, created_at desc, id desc);

alter table public.projects enable row level security;
create policy own_projects on public.projects
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.projects from public, anon, authenticated, service_role;
grant select on public.projects to authenticated;
