-- A job that is ordered again, by its owner or by an operator, tells whoever was told of the first one.
create function private.inherit_webhook() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  select webhook_url, webhook_events into new.webhook_url, new.webhook_events
  from public.jobs where id = new.retry_of and webhook_url is not null;
  new.webhook_events := coalesce(new.webhook_events, '{}');
  return new;
end
$$;
