-- A ledger that can be edited is none.
create function private.refuse_ledger_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'the ledger is append-only';
end
$$;
