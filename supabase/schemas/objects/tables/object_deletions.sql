-- Objects that no row needs. They are deleted only after uploads that were allowed before can no longer
-- arrive: an upload link is valid for ten minutes.
create table private.object_deletions (
  bucket text not null,
  key text not null,
  due_at timestamptz not null default now() + interval '11 minutes',
  tries integer not null default 0,
  primary key (bucket, key)
);

create index object_deletions_due on private.object_deletions (due_at);

alter table private.object_deletions enable row level security;
