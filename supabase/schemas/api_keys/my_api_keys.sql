-- Not for keys: one that leaked would tell of all the others.
create function public.my_api_keys() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_signed_in();
begin
  return coalesce((
    select jsonb_agg(private.api_key_view(key) order by key.created_at desc, key.id desc)
    from private.api_keys as key where key.user_id = v_user_id
  ), '[]');
end
$$;

revoke all on function public.my_api_keys from public, anon, authenticated, service_role;
grant execute on function public.my_api_keys to authenticated;
