-- Users who wait in a queue, by id from the given one on. Each step finds the next user in the index, so it costs as
-- much as there are users and not as they have jobs. Not in SQL, whose functions are planned anew for each call.
create function private.waiting_users(p_queue text, p_from uuid, p_limit integer) returns uuid[]
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    with recursive owner as (
      (
        select waiting.user_id, 1 as nth
        from public.jobs as waiting
        where waiting.queue = p_queue and waiting.status = 'queued' and waiting.user_id >= p_from
        order by waiting.user_id
        limit 1
      )
      union all
      select (
        select waiting.user_id
        from public.jobs as waiting
        where waiting.queue = p_queue and waiting.status = 'queued' and waiting.user_id > owner.user_id
        order by waiting.user_id
        limit 1
      ), owner.nth + 1
      from owner
      where owner.user_id is not null and owner.nth < p_limit
    )
    select coalesce(array_agg(owner.user_id), '{}') from owner where owner.user_id is not null
  );
end
$$;
