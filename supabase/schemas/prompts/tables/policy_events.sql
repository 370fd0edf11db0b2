create table private.policy_events (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id),
  surface text not null check (
    surface in ('queue_job', 'enhance_prompt', 'callback', 'project', 'asset', 'api_key')
  ),
  job_id uuid,
  created_at timestamptz not null default now()
);
comment on table private.policy_events is 'Refusals by the content policy: that one happened, never the text.';

create index policy_events_of_user on private.policy_events (user_id, id desc);

alter table private.policy_events enable row level security;
