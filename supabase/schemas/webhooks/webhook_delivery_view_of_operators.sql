-- A delivery as operators see it: whose it is, and of its address the host alone, for the rest of it may hold a secret.
create function private.webhook_delivery_view_of_operators(p_delivery public.webhook_deliveries) returns jsonb
language sql stable
as $$
  select private.webhook_delivery_view(p_delivery) || jsonb_build_object(
    'user_id', p_delivery.user_id,
    'url', substring(p_delivery.url from '^[a-z]+://[^/?#]+')
  )
$$;
