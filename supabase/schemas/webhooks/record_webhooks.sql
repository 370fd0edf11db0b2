-- What became of what was taken. Whoever was too slow has lost it to somebody else, and changes nothing; only a
-- receiver's yes counts whoever brings it.
create function public.record_webhooks(p_lease_id uuid, p_results jsonb) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  update public.webhook_deliveries as delivery
  set status = case result.outcome when 'delivered' then 'delivered' when 'retry' then 'pending' else 'failed' end,
      lease_id = null,
      next_attempt_at = clock_timestamp() + private.seconds(coalesce(result.wait_seconds, 0)),
      last_status = result.status,
      last_error = result.error,
      delivered_at = case result.outcome when 'delivered' then clock_timestamp() end
  from jsonb_to_recordset(p_results) as result (id uuid, outcome text, status integer, error text, wait_seconds bigint)
  where delivery.id = result.id and delivery.status = 'pending'
    and (delivery.lease_id = p_lease_id or result.outcome = 'delivered');

  insert into private.webhook_disabled (user_id, url)
  select distinct delivery.user_id, delivery.url
  from jsonb_to_recordset(p_results) as result (id uuid, outcome text)
  join public.webhook_deliveries as delivery on delivery.id = result.id
  where result.outcome = 'gone'
  on conflict do nothing;
end
$$;

revoke all on function public.record_webhooks from public, anon, authenticated, service_role;
grant execute on function public.record_webhooks to ourvidz_edge;
