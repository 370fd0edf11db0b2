-- The owner of the API key in whose name the edge reads: it names the key, and whose it is says the table. Null where
-- no key is named. PostgREST hands the request's headers over, and only the edge's role is asked for this one.
create function private.owner_of_key() returns uuid
language plpgsql stable
set search_path = ''
as $$
declare
  v_key_id text := nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-api-key-id';
  v_user_id uuid;
begin
  if v_key_id is null then
    return null;
  end if;
  select user_id into v_user_id from private.api_keys
  where id = v_key_id::uuid and (expires_at is null or expires_at > now());
  if not found then
    perform private.refuse(p_status => 401, p_code => 'unauthorized', p_details => '{"reason": "key_unknown"}');
  end if;
  return v_user_id;
end
$$;
