-- What a user's deliveries are signed with. The newest is the user's secret; those before it go on signing
-- beside it for a day, so that receivers can be changed over one by one.
create table private.webhook_secrets (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id),
  secret text not null check (secret ~ '^whsec_[A-Za-z0-9+/]+=*$'),
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
comment on table private.webhook_secrets is
  'Shown to their owner and to the edge, which signs with them; never logged.';

create unique index webhook_secret_of_user on private.webhook_secrets (user_id) where retired_at is null;
create index webhook_secrets_retired on private.webhook_secrets (user_id, retired_at desc) where retired_at is not null;
create index webhook_secrets_of_user on private.webhook_secrets (user_id, id desc);

alter table private.webhook_secrets enable row level security;
