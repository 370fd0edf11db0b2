create function private.guard_asset() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'queued' then
      raise exception 'an asset begins queued' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.status <> old.status and not private.transition_allowed(old.status, new.status) then
    raise exception 'an asset cannot go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  new.updated_at := now();
  return new;
end
$$;
