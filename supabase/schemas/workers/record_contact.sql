-- A worker shows itself. It serves each queue that it has asked for; after a silence it may have been set up
-- anew, and is taken to serve only what it asks for from then on.
create function private.record_contact(p_worker_id text, p_queue text, p_models text[] default null)
returns private.workers
language plpgsql
set search_path = ''
as $$
declare
  v_worker private.workers;
begin
  insert into private.workers as worker (worker_id, queues, models)
  values (p_worker_id, array[p_queue], coalesce(p_models, '{}'))
  on conflict (worker_id) do update
    set queues = case
        when p_queue = any (worker.queues) and private.is_live(worker.last_seen_at) then worker.queues
        when private.is_live(worker.last_seen_at) then worker.queues || p_queue
        else array[p_queue]
      end,
      models = coalesce(p_models, worker.models), last_seen_at = now()
  returning * into v_worker;
  return v_worker;
end
$$;
