-- Ends whatever a worker wants when its name was revoked, whichever way it comes. A worker without a name has no key of
-- its own that could be.
create function private.refuse_revoked(p_worker_id text) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if exists (select from private.revoked_workers where worker_id = p_worker_id) then
    perform private.refuse(
      p_status => 403, p_code => 'forbidden', p_details => jsonb_build_object('reason', 'worker_revoked')
    );
  end if;
end
$$;
