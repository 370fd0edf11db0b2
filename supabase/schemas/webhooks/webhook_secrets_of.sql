-- What signs a user's messages now, the newest first.
create function private.webhook_secrets_of(p_user_id uuid) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(secret order by id desc), '[]')
  from private.webhook_secrets
  where user_id = p_user_id and (retired_at is null or retired_at > now() - private.webhook_overlap())
$$;
