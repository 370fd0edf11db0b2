create table private.credit_postings (
  event_id bigint not null references private.credit_events (id),
  account text not null check (account in ('issued', 'available', 'held', 'spent')),
  user_id uuid not null,
  amount bigint not null check (amount <> 0),
  primary key (event_id, account)
);

create trigger append_only before update or delete or truncate on private.credit_postings
  for each statement execute function private.refuse_ledger_change();
create trigger balanced after insert on private.credit_postings
  referencing new table as added
  for each statement execute function private.check_postings();
create trigger measure_postings after insert on private.credit_postings
  referencing new table as added
  for each statement execute function private.measure_postings();

alter table private.credit_postings enable row level security;
