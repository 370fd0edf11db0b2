-- What keeps a whole queue waiting, for people; null when nothing does.
create function private.queue_trouble(p_queue text) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_seconds bigint;
begin
  if (select paused from private.queue_settings where queue = p_queue) then
    return 'paused by an operator';
  end if;
  if exists (
    select from private.workers as worker
    where p_queue = any (worker.queues) and not worker.paused and private.is_live(worker.last_seen_at)
  ) then
    return null;
  end if;
  v_seconds := private.worker_seen_seconds(p_queue);
  return case
    when v_seconds is null then 'no worker for ' || p_queue || ' has been seen yet'
    when v_seconds < 120 then 'all workers for ' || p_queue || ' are paused'
    else 'no worker for ' || p_queue || ' has been seen for ' || private.readable_duration(v_seconds)
  end;
end
$$;
