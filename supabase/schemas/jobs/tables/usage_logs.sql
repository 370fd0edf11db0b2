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

alter table public.usage_logs enable row level security;
create policy own_usage_logs on public.usage_logs
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.usage_logs from public, anon, authenticated, service_role;
revoke all on sequence public.usage_logs_id_seq from public, anon, authenticated, service_role;
grant select on public.usage_logs to authenticated;
