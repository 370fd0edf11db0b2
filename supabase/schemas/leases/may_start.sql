-- Whether a worker may begin anything of a queue: operators stop queues and workers. Workers without a name are one.
create function private.may_start(p_worker_id text, p_queue text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return not exists (select from private.queue_settings where queue = p_queue and paused)
    and not exists (
      select from private.workers
      where worker_id = coalesce(p_worker_id, private.unnamed_worker(p_queue)) and paused
    );
end
$$;
