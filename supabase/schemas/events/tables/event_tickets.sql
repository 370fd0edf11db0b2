-- Tickets for event streams. A browser's own EventSource cannot send a header, so a page trades its token for a
-- ticket that goes into the address: good for a minute and for one stream, so that an address in somebody's log
-- is worth nothing.

create table private.event_tickets (
  -- Only the digest is kept: who reads this table cannot open a stream.
  digest text primary key check (digest ~ '^[0-9a-f]{64}$'),
  user_id uuid not null references public.profiles (id),
  expires_at timestamptz not null,
  -- When the token ends that was traded for it, and so the stream.
  ends_at timestamptz not null,
  -- The one stream that has it.
  stream_id uuid,
  -- The API key that was traded for it: a ticket ends with its key.
  api_key_id uuid references private.api_keys (id) on delete cascade
);

create index event_tickets_ended on private.event_tickets (ends_at);
create index event_tickets_unused on private.event_tickets (expires_at) where stream_id is null;
create index event_tickets_unused_of_user on private.event_tickets (user_id, expires_at) where stream_id is null;
create index event_tickets_of_key on private.event_tickets (api_key_id) where api_key_id is not null;

alter table private.event_tickets enable row level security;
