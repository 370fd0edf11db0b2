-- The sum of every user's accounts, without a look at every user.
create function private.measure_credits() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount) values ('credits', new.kind, new.amount);
  return null;
end
$$;
