-- Deliveries that are due, users in turn, so that one with a thousand of them does not keep the others waiting; those
-- of the job that is asked for go first. Cut per user before it is cut by length, with the longest due of all.
create function private.due_webhooks(p_limit integer, p_job_id uuid) returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  -- Bounds what a look costs, with however many users.
  c_users constant integer := 200;
  v_users uuid[];
begin
  v_users := private.users_with_webhooks(p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users);
  -- More users than one look takes in: each looks from somewhere else.
  if cardinality(v_users) = c_users then
    v_users := private.users_with_webhooks(p_from => gen_random_uuid(), p_limit => c_users);
  end if;
  return array(
    select ranked.id
    from (
      select
        due.id, due.next_attempt_at, due.job_id is not distinct from p_job_id as is_asked_for,
        row_number() over (partition by due.user_id order by due.next_attempt_at, due.id) as turn
      from (
        select id, user_id, job_id, next_attempt_at from public.webhook_deliveries
        where job_id = p_job_id and status = 'pending' and next_attempt_at <= now()
        union
        (
          select id, user_id, job_id, next_attempt_at from public.webhook_deliveries
          where status = 'pending' and next_attempt_at <= now()
          order by next_attempt_at limit p_limit
        )
        union
        select own.*
        from unnest(v_users) as owner (user_id)
        cross join lateral (
          select first.id, first.user_id, first.job_id, first.next_attempt_at
          from public.webhook_deliveries as first
          where first.user_id = owner.user_id and first.status = 'pending' and first.next_attempt_at <= now()
          order by first.next_attempt_at
          limit p_limit
        ) as own
      ) as due
    ) as ranked
    order by ranked.is_asked_for desc, ranked.turn, ranked.next_attempt_at, ranked.id
    limit p_limit
  );
end
$$;
