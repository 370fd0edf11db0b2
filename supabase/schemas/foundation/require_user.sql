-- First statement of every function that a user calls with their own token, or the edge in the name of a user's API
-- key.
create function private.require_user() returns uuid
language plpgsql stable
set search_path = ''
as $$
declare
  v_user_id uuid;
begin
  if private.caller_role() <> 'ourvidz_edge' then
    return private.require_signed_in();
  end if;
  v_user_id := private.owner_of_key();
  if v_user_id is null then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
  return v_user_id;
end
$$;
