-- Users with deliveries that are not over, by id from the given one on; each step finds the next in the index.
create function private.users_with_webhooks(p_from uuid, p_limit integer) returns uuid[]
language sql stable
as $$
  with recursive owner as (
    (
      select pending.user_id, 1 as nth
      from public.webhook_deliveries as pending
      where pending.status = 'pending' and pending.user_id >= p_from
      order by pending.user_id
      limit 1
    )
    union all
    select (
      select pending.user_id
      from public.webhook_deliveries as pending
      where pending.status = 'pending' and pending.user_id > owner.user_id
      order by pending.user_id
      limit 1
    ), owner.nth + 1
    from owner
    where owner.user_id is not null and owner.nth < p_limit
  )
  select coalesce(array_agg(owner.user_id), '{}') from owner where owner.user_id is not null
$$;
