-- What happened to each job, in an order in which a reader can miss nothing.
--
-- A number from a sequence would not do: sequences count when a transaction asks, readers see when it
-- commits, so whoever read up to 8 would miss a 7 that commits later. Here both numbers are made under the
-- row lock of the user's account, which is held until the commit: event 8 cannot exist before event 7 is
-- visible, and a number whose transaction failed is given out again.

create table public.job_events (
  -- Its job's, and so known.
  user_id uuid not null,
  -- Place in the user's stream.
  position bigint not null,
  job_id uuid not null references public.jobs (id) on delete cascade,
  -- Place in the job's stream, from 1.
  seq integer not null check (seq >= 1),
  kind text not null check (kind in (
    'queued', 'processing', 'progress', 'asset', 'completed', 'failed', 'canceled', 'requeued'
  )),
  data jsonb not null default '{}' check (jsonb_typeof(data) = 'object'),
  created_at timestamptz not null default now(),
  primary key (user_id, position),
  unique (job_id, seq)
);

-- Rows arrive in the order of time, so a block-range index finds what to prune at next to no cost.
create index job_events_age on public.job_events using brin (created_at);

alter table public.job_events enable row level security;
create policy own_job_events on public.job_events
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.job_events from public, anon, authenticated, service_role;
grant select on public.job_events to authenticated;
