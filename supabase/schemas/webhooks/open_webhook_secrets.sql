-- Makes a secret for each of these users who has none, in one order, so that two at once wait for each other only
-- one way.
create function private.open_webhook_secrets(p_user_ids uuid[]) returns void
language sql volatile
as $$
  insert into private.webhook_secrets (user_id, secret)
  select wanted.user_id, private.fresh_webhook_secret()
  from (select distinct unnest(p_user_ids) as user_id) as wanted
  where not exists (
    select from private.webhook_secrets as known where known.user_id = wanted.user_id and known.retired_at is null
  )
  order by wanted.user_id
  on conflict do nothing
$$;
