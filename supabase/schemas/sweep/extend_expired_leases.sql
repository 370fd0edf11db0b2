-- Gives every lease that ran out while nobody swept another chance: after an outage workers may be well and only
-- have been unable to say so.
create function private.extend_expired_leases(p_lease_seconds integer) returns integer
language plpgsql
set search_path = ''
as $$
declare
  v_spared integer;
begin
  update private.leases set until = now() + private.seconds(p_lease_seconds)
  where until < now() + private.seconds(p_lease_seconds);
  get diagnostics v_spared = row_count;
  return v_spared;
end
$$;
