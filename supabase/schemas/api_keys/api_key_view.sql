-- A key as its owner sees it.
create function private.api_key_view(p_key private.api_keys) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_key.id,
    'name', p_key.name,
    'prefix', p_key.prefix,
    'scopes', to_jsonb(p_key.scopes),
    'monthly_limit', p_key.monthly_limit,
    'spent_this_month', case when p_key.month = private.month_of(now()) then p_key.spent else 0 end,
    'created_at', private.rfc3339(p_key.created_at),
    'expires_at', private.rfc3339(p_key.expires_at),
    'last_used_at', private.rfc3339(p_key.last_used_at)
  )
$$;
