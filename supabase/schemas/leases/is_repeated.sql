-- Whether a worker's signed message was heard before. Signatures are good for a while, so that whoever has recorded one
-- could send it once more: what it began or kept, it does only once.
create function private.is_repeated(p_message_id text) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if p_message_id is null then
    return false;
  end if;
  insert into private.messages (digest) values (sha256(convert_to(p_message_id, 'UTF8'))) on conflict do nothing;
  return not found;
end
$$;
