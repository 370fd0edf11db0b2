-- Telling users' own servers what became of their jobs.
--
-- A delivery is written by the transaction that ends its job (`finish_jobs`), so none is forgotten, and sent by
-- the edge, so no receiver can hold up a job. Whoever sends takes deliveries for a while first: two that send at
-- once take different ones, and what a crash left behind is due again when that while is over. So a message goes
-- out at least once, and its id, which is the delivery's, tells the receiver of a repeat.
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
  -- Tries since it was written or last sent anew by its owner; `attempts` counts all of them.
  step smallint not null default 0 check (step >= 0),
  last_attempt_at timestamptz,
  -- Who sends it; while somebody does, `next_attempt_at` is when it may be taken away from them.
  lease_id uuid,
  unique (job_id, event)
);

create index webhook_deliveries_of_user on public.webhook_deliveries (user_id, created_at desc, id desc);
create index webhook_deliveries_due on public.webhook_deliveries (next_attempt_at) where status = 'pending';
create index webhook_deliveries_due_of_user on public.webhook_deliveries (user_id, next_attempt_at)
  where status = 'pending';
create index webhook_deliveries_age on public.webhook_deliveries (created_at desc, id desc);
create index webhook_deliveries_failed on public.webhook_deliveries (created_at desc, id desc) where status = 'failed';
create index webhook_deliveries_of_user_by_status
  on public.webhook_deliveries (user_id, status, created_at desc, id desc);

alter table public.webhook_deliveries enable row level security;
create policy own_webhook_deliveries on public.webhook_deliveries
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.webhook_deliveries from public, anon, authenticated, service_role;
grant select on public.webhook_deliveries to authenticated;
