create function private.check_postings() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if exists (select from added group by event_id having sum(amount) <> 0) then
    raise exception 'postings of one event must add up to zero';
  end if;
  return null;
end
$$;
