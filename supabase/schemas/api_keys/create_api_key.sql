create function public.create_api_key(
  p_user_id uuid, p_key_id uuid, p_digest text, p_prefix text, p_name text, p_scopes text[], p_most integer,
  p_monthly_limit bigint default null, p_expires_in_days integer default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_key private.api_keys;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- One at a time, or two at once would both pass the limit.
  perform from public.profiles where id = p_user_id for no key update;
  if (select count(*) from private.api_keys where user_id = p_user_id) >= p_most then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('limit', p_most)
    );
  end if;
  insert into private.api_keys (id, user_id, digest, prefix, name, scopes, monthly_limit, expires_at)
  values (
    p_key_id, p_user_id, p_digest, p_prefix, p_name, p_scopes, p_monthly_limit,
    now() + p_expires_in_days * interval '1 day'
  )
  returning * into v_key;
  return private.api_key_view(v_key);
end
$$;

revoke all on function public.create_api_key from public, anon, authenticated, service_role;
grant execute on function public.create_api_key to ourvidz_edge;
