-- For users: whether anybody works, without names of machines.
create view public.workers as
  select queues, models, state, paused, last_seen_at from private.workers;

revoke all on table public.workers from public, anon, authenticated, service_role;
grant select on public.workers to authenticated;
