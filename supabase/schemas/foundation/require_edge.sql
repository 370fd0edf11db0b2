-- First statement of every function that writes for the edge. The grants say the same; this holds even if
-- a grant slips in, or if a plan made for the edge's role is run again under another one.
create function private.require_edge() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if private.caller_role() <> 'ourvidz_edge' then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
end
$$;
