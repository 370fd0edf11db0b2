-- No reference to auth.users: a verified token is proof enough of a user, and what was charged must outlive
-- an account's deletion.
create table public.profiles (
  id uuid primary key,
  display_name text check (length(display_name) between 1 and 100),
  created_at timestamptz not null default now()
);

alter table public.profiles enable row level security;
-- `(select ...)` makes the caller's id one look-up a query instead of one a row.
create policy own_profile on public.profiles
  for select to authenticated using (id = (select private.caller_id()));
revoke all on table public.profiles from public, anon, authenticated, service_role;
grant select (id, display_name, created_at) on public.profiles to authenticated;
