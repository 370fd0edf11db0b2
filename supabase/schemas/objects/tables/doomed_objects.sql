-- Objects that no row needs. They are deleted only after uploads that were allowed before can no longer
-- arrive: an upload link is valid for ten minutes.
create table private.doomed_objects (
  bucket text not null,
  key text not null,
  due_at timestamptz not null default now() + interval '11 minutes',
  tries integer not null default 0,
  primary key (bucket, key)
);

create index doomed_objects_due on private.doomed_objects (due_at);

alter table private.doomed_objects enable row level security;
