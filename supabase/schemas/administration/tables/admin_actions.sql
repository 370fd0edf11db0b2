-- Who did what to a queue, a worker, a job or a user, and why. Written with the change itself, and never changed.
create table private.admin_actions (
  id bigint generated always as identity primary key,
  -- A user's id, or the name of the service's secret.
  actor text not null,
  action text not null check (action in ('pause', 'resume', 'purge', 'redrive', 'revoke', 'expedite', 'redeliver')),
  queue text check (queue in ('sdxl_queue', 'wan_queue')),
  worker_id text,
  job_id uuid,
  user_id uuid,
  reason text check (length(reason) between 1 and 500),
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  created_at timestamptz not null default now()
);

create trigger append_only before update or delete or truncate on private.admin_actions
  for each statement execute function private.refuse_audit_change();

alter table private.admin_actions enable row level security;
