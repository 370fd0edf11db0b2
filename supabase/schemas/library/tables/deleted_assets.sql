-- A deleted asset's row is gone at once, and its objects are scheduled for deletion in the same transaction, so
-- nothing can be left half deleted. This remembers whose it was: a repeated delete succeeds, and a stranger's is a 404.
create table private.deleted_assets (
  asset_id uuid primary key,
  user_id uuid not null references public.profiles (id),
  deleted_at timestamptz not null default now()
);

create index deleted_assets_age on private.deleted_assets using brin (deleted_at);

alter table private.deleted_assets enable row level security;
