-- From its commit on the key orders and reads nothing; what the edge still remembers of it is gone within seconds.
create function public.revoke_api_key(p_user_id uuid, p_key_id uuid) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  delete from private.api_keys where id = p_key_id and user_id = p_user_id;
  if not found then
    perform private.refuse(404, 'not_found');
  end if;
end
$$;

revoke all on function public.revoke_api_key from public, anon, authenticated, service_role;
grant execute on function public.revoke_api_key to ourvidz_edge;
