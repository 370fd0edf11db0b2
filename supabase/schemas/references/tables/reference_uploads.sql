-- Reference images that a link to upload was made for: whose they are and what they may be ordered as. What the link
-- is signed for nobody changes, and an object is never replaced, so a row that was seen once stays true.
create table private.reference_uploads (
  key text primary key,
  user_id uuid not null references public.profiles (id),
  type text not null check (type in ('style', 'composition', 'character')),
  -- That the person shown has agreed, as the user said when the link was made.
  consent boolean not null,
  bytes bigint not null check (bytes > 0),
  created_at timestamptz not null default now(),
  -- What the edge saw at the first order; null as long as nobody has looked.
  width integer check (width > 0),
  height integer check (height > 0),
  etag text,
  -- A week is for who uploads first and orders later; each order puts it off.
  expires_at timestamptz not null default now() + interval '7 days',
  check (type <> 'character' or consent),
  check ((width is null) = (height is null))
);

create index reference_uploads_of_user on private.reference_uploads (user_id) include (bytes);
create index reference_uploads_expired on private.reference_uploads (expires_at);

alter table private.reference_uploads enable row level security;
