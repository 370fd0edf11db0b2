-- What is left of refusals whose rows were deleted.
create table private.policy_counts (
  day date not null,
  surface text not null,
  refusals bigint not null check (refusals > 0),
  primary key (day, surface)
);
comment on table private.policy_counts is 'Refusals of old days by surface: six rows a day, and nobody''s name.';

alter table private.policy_counts enable row level security;
