-- Who uses the service and the projects that prompts come from.

-- No reference to auth.users: a verified token is proof enough of a user, and what was charged must outlive
-- an account's deletion.
create table public.profiles (
  id uuid primary key,
  display_name text check (length(display_name) between 1 and 100),
  created_at timestamptz not null default now(),
  -- For operators: how often the content policy refused a text of this user.
  policy_strikes integer not null default 0 check (policy_strikes >= 0),
  last_strike_at timestamptz
);

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

create table private.policy_events (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id),
  surface text not null check (surface in ('queue_job', 'enhance_prompt', 'callback', 'project')),
  job_id uuid,
  created_at timestamptz not null default now()
);
create index policy_events_of_user on private.policy_events (user_id, id desc);
comment on table private.policy_events is 'Refusals by the content policy: that one happened, never the text.';

create table private.prompt_enhancements (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  job_type text not null,
  method text not null check (method in ('chat_worker', 'wan_worker', 'system_prompt', 'rule_based')),
  fallback_used boolean not null,
  processing_ms integer not null check (processing_ms >= 0),
  original_tokens integer not null check (original_tokens >= 0),
  enhanced_tokens integer not null check (enhanced_tokens >= 0),
  quality_score real not null,
  created_at timestamptz not null default now()
);
create index prompt_enhancements_of_user on private.prompt_enhancements (user_id, id desc);
comment on table private.prompt_enhancements is 'How prompts were enhanced; the texts are not kept.';

alter table public.profiles enable row level security;
alter table public.projects enable row level security;
alter table private.policy_events enable row level security;
alter table private.prompt_enhancements enable row level security;

-- `(select ...)` makes the caller's id one look-up a query instead of one a row.
create policy own_profile on public.profiles
  for select to authenticated using (id = (select private.caller_id()));
create policy own_projects on public.projects
  for select to authenticated using (user_id = (select private.caller_id()));

revoke all on table public.profiles, public.projects from public, anon, authenticated, service_role;
grant select (id, display_name, created_at) on public.profiles to authenticated;
grant select on public.projects to authenticated;
call private.close();
