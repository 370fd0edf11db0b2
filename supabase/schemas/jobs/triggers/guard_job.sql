-- Holds for every writer, also for an operator with a SQL prompt: what has ended stays as it ended, an
-- attempt never goes back, and each write of a job is seen by whoever read it before.
create function private.guard_job() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'queued' or new.attempt <> 1 or new.version <> 1 then
      raise exception 'a job begins queued, at attempt 1 and version 1' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.status <> old.status and not private.transition_allowed(old.status, new.status) then
    raise exception 'a job cannot go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  if old.completed_at is not null and new.completed_at is distinct from old.completed_at then
    raise exception 'a job ends once' using errcode = 'check_violation';
  end if;
  if new.attempt <> old.attempt
    -- From queued too: a worker that never said that it began may ask for another attempt.
    and not (new.attempt = old.attempt + 1 and new.status = 'queued') then
    raise exception 'only requeueing starts another attempt' using errcode = 'check_violation';
  end if;
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end
$$;
