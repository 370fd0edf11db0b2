-- The ids of workers' signed messages, as digests, for as long as their timestamps count. Claims and heartbeats write
-- it, and each pass of the sweep forgets what is older, so it holds some minutes of them.
create table private.messages (
  digest bytea primary key,
  seen_at timestamptz not null default now()
);

create index messages_age on private.messages (seen_at);

alter table private.messages enable row level security;
