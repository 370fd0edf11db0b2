-- Locks accounts in one order for everybody, so that no two transactions wait for each other. Lock order of
-- the whole schema: jobs, then leases, then workers, then accounts; after that only rows of one's own.
create function private.lock_accounts(p_user_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform from private.accounts where user_id = any (p_user_ids) order by user_id for no key update;
end
$$;
