create table public.jobs (
  id uuid primary key,
  user_id uuid not null references public.profiles (id),
  project_id uuid references public.projects (id) on delete set null,
  -- The sources that the user named. Their rows are never reused for what this job makes.
  image_id uuid,
  video_id uuid,
  retry_of uuid references public.jobs (id) on delete set null,
  job_type text not null,
  format text not null generated always as (private.format_of(job_type)) stored,
  quality text not null generated always as (private.quality_of(job_type)) stored,
  -- Older clients read the job's type under this name.
  model_type text not null generated always as (job_type) stored,
  queue text not null generated always as (private.queue_of(job_type)) stored,
  prompt text not null check (length(prompt) between 1 and 2000),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  num_assets smallint not null,
  price_each integer not null check (price_each > 0),
  -- What was charged of its price and what was given back; it holds the rest.
  charged bigint not null default 0 check (charged >= 0),
  released bigint not null default 0 check (released >= 0),
  -- Paid by the service: what is given back is not its owner's.
  granted boolean not null default false,
  priority smallint not null default 0 check (priority between -10 and 10),
  status text not null default 'queued'
    check (status in ('queued', 'processing', 'completed', 'failed', 'canceled')),
  attempt integer not null default 1 check (attempt >= 1),
  -- Grows with each write of the row: the compare of compare-and-swap.
  version bigint not null default 1,
  -- As of the row's last write; while a worker is at it, its lease knows better.
  progress smallint not null default 0 check (progress between 0 and 100),
  cancel_requested boolean not null default false,
  error_code text,
  error_message text,
  idempotency_key text check (length(idempotency_key) between 1 and 255),
  fingerprint text not null,
  webhook_url text,
  webhook_events text[] not null default '{}',
  created_at timestamptz not null default now(),
  -- When it last began to wait for a worker.
  queued_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  -- How far it was when its owner called it off: what is done after that is nobody's order.
  progress_at_cancel smallint check (progress_at_cancel between 0 and 100),
  -- How often it was given back without an attempt being lost.
  releases integer not null default 0 check (releases >= 0),
  -- The API key that ordered it. It may be gone.
  api_key_id uuid,
  -- An operator's word that it is urgent, for which its owner has no field.
  expedited boolean not null default false,
  check (private.can_be_ordered(job_type, num_assets)),
  check ((status in ('completed', 'failed', 'canceled')) = (completed_at is not null)),
  check (charged + released <= price_each::bigint * num_assets),
  check (completed_at is null or charged + released = price_each::bigint * num_assets),
  check (status <> 'failed' or (error_code is not null and error_message is not null))
);

create unique index jobs_idempotency on public.jobs (user_id, idempotency_key) where idempotency_key is not null;
create index jobs_of_user on public.jobs (user_id, created_at desc, id desc);
create index jobs_of_user_by_status on public.jobs (user_id, status, created_at desc, id desc);
create index jobs_of_project on public.jobs (project_id) where project_id is not null;
create index jobs_retries on public.jobs (retry_of) where retry_of is not null;
-- What waits, by age and not by `queued_at`, so that a job whose worker was lost does not go to the end; of each user,
-- whose priorities order their own jobs; and what an operator has expedited.
create index jobs_waiting on public.jobs (queue, created_at, id) where status = 'queued';
create index jobs_waiting_of_user on public.jobs (queue, user_id, expedited desc, priority desc, created_at, id)
  include (job_type, num_assets) where status = 'queued';
create index jobs_expedited on public.jobs (queue, created_at, id) where status = 'queued' and expedited;
create index jobs_waiting_since on public.jobs (queued_at) where status = 'queued';
create index jobs_running on public.jobs (queue, user_id) include (job_type, num_assets) where status = 'processing';
create index jobs_started on public.jobs (queue, started_at desc) where started_at is not null;
-- What operators look at first: the newest failures of a queue.
create index jobs_failed on public.jobs (queue, completed_at desc, id desc) where status = 'failed';

create trigger guard before insert or update on public.jobs
  for each row execute function private.guard_job();
create trigger inherit_webhook before insert on public.jobs
  for each row when (new.retry_of is not null and new.webhook_url is null)
  execute function private.inherit_webhook();
create trigger measure_new after insert on public.jobs
  for each row execute function private.measure_job();
create trigger measure after update on public.jobs
  for each row when (new.status <> old.status or new.attempt <> old.attempt)
  execute function private.measure_job();
create trigger measure_deleted after delete on public.jobs
  for each row when (old.status = 'queued') execute function private.measure_job();

alter table public.jobs enable row level security;
create policy own_jobs on public.jobs
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.jobs from public, anon, authenticated, service_role;
grant select on public.jobs to authenticated;
