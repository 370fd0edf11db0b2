-- Deliveries that are due, users in turn, so that one with a thousand of them does not keep the others waiting;
-- those of the job that is asked for go first.
create function private.due_webhooks(p_limit integer, p_job_id uuid) returns uuid[]
language sql stable
as $$
  select array(
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
          order by next_attempt_at limit 1000
        )
      ) as due
    ) as ranked
    order by ranked.is_asked_for desc, ranked.turn, ranked.next_attempt_at, ranked.id
    limit p_limit
  )
$$;
