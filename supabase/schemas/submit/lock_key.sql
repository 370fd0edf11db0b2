-- Lets one request at a time work on an idempotency key. The second waits for the first, but not for long: it
-- holds a connection of the pool meanwhile.
create function private.lock_key(p_user_id uuid, p_key text) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_before text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '2s', true);
  begin
    perform pg_advisory_xact_lock(hashtextextended(p_user_id::text || p_key, 0));
  exception when lock_not_available then
    perform private.refuse(
      p_status => 409, p_code => 'idempotency_in_progress', p_details => '{"retryAfterSeconds": 2}'
    );
  end;
  perform set_config('lock_timeout', v_before, true);
end
$$;
