-- Takes deliveries to send them. A try is counted here, before it is made: one that nobody reports back is a try
-- that failed.
create function public.take_webhooks(
  p_lease_id uuid, p_limit integer, p_lease_seconds integer, p_max_tries integer, p_job_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  -- Others may take some of them at the same moment.
  c_spare constant integer := 8;
  v_ids uuid[];
  v_users uuid[];
begin
  perform private.require_edge();
  v_ids := private.due_webhooks(p_limit * c_spare, p_job_id);
  if cardinality(v_ids) = 0 then
    return '[]';
  end if;

  update public.webhook_deliveries as delivery
  set status = 'failed',
      lease_id = null,
      last_error = case when hopeless.disabled then 'disabled' else coalesce(delivery.last_error, 'lost') end
  from (
    select due.id, gone.url is not null as disabled
    from public.webhook_deliveries as due
    left join private.webhook_disabled as gone on gone.user_id = due.user_id and gone.url = due.url
    where due.id = any (v_ids) and due.status = 'pending' and due.next_attempt_at <= now()
      and (gone.url is not null or due.step >= p_max_tries)
    for no key update of due skip locked
  ) as hopeless
  where delivery.id = hopeless.id;

  with taken as (
    update public.webhook_deliveries as delivery
    set lease_id = p_lease_id,
        next_attempt_at = clock_timestamp() + private.seconds(p_lease_seconds),
        last_attempt_at = clock_timestamp(),
        attempts = delivery.attempts + 1,
        step = delivery.step + 1
    from (
      select due.id
      from unnest(v_ids) with ordinality as chosen (id, place)
      join public.webhook_deliveries as due on due.id = chosen.id
      where due.status = 'pending' and due.next_attempt_at <= now()
      order by chosen.place
      limit p_limit
      for no key update of due skip locked
    ) as due
    where delivery.id = due.id
    returning delivery.id, delivery.user_id
  )
  select array_agg(taken.id), array_agg(taken.user_id) into v_ids, v_users from taken;
  if v_ids is null then
    return '[]';
  end if;

  perform private.open_webhook_secrets(v_users);
  return (
    select jsonb_agg(jsonb_build_object(
      'id', delivery.id,
      'url', delivery.url,
      'event', delivery.event,
      'tries', delivery.step,
      'secrets', private.webhook_secrets_of(delivery.user_id),
      'created_at', private.rfc3339(delivery.created_at),
      'job', private.webhook_job(job)
    ) order by delivery.created_at, delivery.id)
    from public.webhook_deliveries as delivery
    join public.jobs as job on job.id = delivery.job_id
    where delivery.id = any (v_ids)
  );
end
$$;

revoke all on function public.take_webhooks from public, anon, authenticated, service_role;
grant execute on function public.take_webhooks to ourvidz_edge;
