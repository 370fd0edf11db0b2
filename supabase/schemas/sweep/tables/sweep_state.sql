create table private.sweep_state (
  only_row boolean primary key default true check (only_row),
  last_pass_at timestamptz,
  -- When the lists were last found empty after a restart of Redis: whatever was pushed earlier is gone.
  lists_lost_at timestamptz not null default '-infinity',
  pruned_at timestamptz not null default '-infinity',
  -- Of the lists at the last pass; none when Redis did not answer.
  sdxl_length bigint,
  wan_length bigint
);
insert into private.sweep_state default values;

create trigger count_measurements after update of last_pass_at on private.sweep_state
  for each statement execute function private.count_after_pass();

alter table private.sweep_state enable row level security;
