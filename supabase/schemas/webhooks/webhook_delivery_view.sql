create function private.webhook_delivery_view(p_delivery public.webhook_deliveries) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_delivery.id,
    'job_id', p_delivery.job_id,
    'event', p_delivery.event,
    'url', p_delivery.url,
    'status', p_delivery.status,
    'attempts', p_delivery.attempts,
    'next_attempt_at', case p_delivery.status when 'pending' then private.rfc3339(p_delivery.next_attempt_at) end,
    'last_attempt_at', private.rfc3339(p_delivery.last_attempt_at),
    'last_status', p_delivery.last_status,
    'last_error', p_delivery.last_error,
    'created_at', private.rfc3339(p_delivery.created_at),
    'delivered_at', private.rfc3339(p_delivery.delivered_at)
  )
$$;
