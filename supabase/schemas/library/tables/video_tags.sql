-- The words that its owner has for a video: in lower case, each once.
create table private.video_tags (
  video_id uuid not null references public.videos (id) on delete cascade,
  tag text not null check (length(tag) between 1 and 40),
  -- Its video's, and so known: a page by a tag is read from the index below and not from all that its owner has.
  user_id uuid not null,
  created_at timestamptz not null,
  primary key (video_id, tag)
);

create index video_tags_of_user on private.video_tags (user_id, tag, created_at desc, video_id desc);

alter table private.video_tags enable row level security;
