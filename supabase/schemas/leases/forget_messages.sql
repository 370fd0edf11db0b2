-- A message counts as long as its timestamp is at most five minutes off, either way.
create function private.forget_messages() returns void
language plpgsql
set search_path = ''
as $$
declare
  c_remembered constant interval := interval '11 minutes';
begin
  delete from private.messages where seen_at < now() - c_remembered;
end
$$;
