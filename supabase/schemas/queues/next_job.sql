-- The next job of a queue, locked, or none. What others have locked is being claimed, so the one after it is looked at.
create function private.next_job(p_queue text) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid;
  v_job public.jobs;
begin
  for v_id in
    select next.id
    from private.heads(p_queue, private.queue_length(p_queue) <= private.exact_positions()) as next
    order by next.turn, next.milliseconds, next.created_at, next.id
  loop
    select * into v_job from public.jobs where id = v_id and status = 'queued' for no key update skip locked;
    exit when found;
  end loop;
  return v_job;
end
$$;
