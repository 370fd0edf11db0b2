-- The sum of every user's accounts, without a look at every user.
create function private.measure_postings() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'credits', account, sum(amount) from added group by account;
  return null;
end
$$;
