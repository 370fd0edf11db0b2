-- A pass notes when it ran; what was measured since the last one is counted in the same transaction.
create function private.count_after_pass() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  -- Some 100 ms of work: four passes a minute keep up with 200 jobs a second.
  c_most constant integer := 20000;
begin
  perform private.count_measurements(c_most);
  return null;
end
$$;
