-- What a job holds for each of its assets, and what became of it: all charged, all released, or split.
create table private.credit_holds (
  job_id uuid not null,
  asset_index smallint not null,
  user_id uuid not null references private.accounts (user_id),
  amount bigint not null check (amount > 0),
  charged bigint check (charged >= 0),
  released bigint check (released >= 0),
  settled_at timestamptz,
  -- Paid by the service: what is released of it is not its owner's.
  granted boolean not null default false,
  primary key (job_id, asset_index),
  check (
    (settled_at is null and charged is null and released is null)
    or (settled_at is not null and charged is not null and released is not null and charged + released = amount)
  )
);

alter table private.credit_holds enable row level security;
