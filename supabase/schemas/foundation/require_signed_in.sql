-- First statement of every function that a user calls with their own token and with nothing else.
create function private.require_signed_in() returns uuid
language plpgsql stable
set search_path = ''
as $$
declare
  v_user_id uuid := private.caller_id();
begin
  if private.caller_role() <> 'authenticated' or v_user_id is null then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
  return v_user_id;
end
$$;
