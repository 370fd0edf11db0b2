-- Whose key this is and what it may do; null for one that is unknown, revoked or expired. Its last use is written once
-- a minute at most and never waited for, so that a busy key is no hot row.
create function public.use_api_key(p_digest text) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_key private.api_keys;
begin
  perform private.require_edge();
  select * into v_key from private.api_keys
  where digest = p_digest and (expires_at is null or expires_at > now());
  if not found then
    return null;
  end if;
  if coalesce(v_key.last_used_at, '-infinity') < now() - interval '1 minute' then
    update private.api_keys set last_used_at = now()
    where id = (select id from private.api_keys where id = v_key.id for no key update skip locked);
  end if;
  return jsonb_build_object(
    'id', v_key.id,
    'user_id', v_key.user_id,
    'scopes', to_jsonb(v_key.scopes),
    'expires_at_s', floor(extract(epoch from v_key.expires_at))::bigint
  );
end
$$;

revoke all on function public.use_api_key from public, anon, authenticated, service_role;
grant execute on function public.use_api_key to ourvidz_edge;
