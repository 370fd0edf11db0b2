-- Keys by which programs act for a user. Only the digest is kept: who reads this table can use none of them. A key that
-- is revoked is a row that is gone, so jobs name theirs without a reference.
create table private.api_keys (
  id uuid primary key,
  user_id uuid not null references public.profiles (id),
  digest text not null unique check (digest ~ '^[0-9a-f]{64}$'),
  -- How the key begins, for its owner to tell it by.
  prefix text not null check (prefix ~ '^ovz_[a-z2-7]{4}$'),
  name text not null check (length(name) between 1 and 100),
  scopes text[] not null check (scopes <@ array['orders', 'read', 'webhooks'] and cardinality(scopes) > 0),
  -- Credits that its orders may cost in a month of UTC, and what they have cost or hold in that month.
  monthly_limit bigint check (monthly_limit > 0),
  month date not null default '-infinity',
  spent bigint not null default 0 check (spent >= 0),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  -- To the minute.
  last_used_at timestamptz
) with (fillfactor = 50);
comment on table private.api_keys is 'API keys by digest. Half-empty pages keep updates HOT.';

create index api_keys_of_user on private.api_keys (user_id, created_at desc, id desc);

alter table private.api_keys enable row level security;
