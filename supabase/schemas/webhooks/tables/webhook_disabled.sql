-- Receivers that answered 410: they want nothing more.
create table private.webhook_disabled (
  user_id uuid not null references public.profiles (id),
  url text not null,
  disabled_at timestamptz not null default now(),
  primary key (user_id, url)
);

alter table private.webhook_disabled enable row level security;
