-- The words that its owner has for an image: in lower case, each once.
create table private.image_tags (
  image_id uuid not null references public.images (id) on delete cascade,
  tag text not null check (length(tag) between 1 and 40),
  -- Its image's, and so known: a page by a tag is read from the index below and not from all that its owner has.
  user_id uuid not null,
  created_at timestamptz not null,
  primary key (image_id, tag)
);

create index image_tags_of_user on private.image_tags (user_id, tag, created_at desc, image_id desc);

alter table private.image_tags enable row level security;
