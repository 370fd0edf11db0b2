create function public.webhook_secret(p_user_id uuid, p_rotate boolean) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  -- Together with the present one, fewer than the signatures that receivers look at.
  c_most_retired constant integer := 4;
  v_is_new boolean;
  v_current private.webhook_secrets;
  v_reply jsonb;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  if p_rotate then
    -- One at a time: the second waits here, and retires what the first has made.
    perform from public.profiles where id = p_user_id for no key update;
  end if;
  v_is_new := not exists (select from private.webhook_secrets where user_id = p_user_id and retired_at is null);
  perform private.open_webhook_secrets(array[p_user_id]);
  -- What nobody has seen needs no successor.
  if p_rotate and not v_is_new then
    update private.webhook_secrets set retired_at = clock_timestamp() where user_id = p_user_id and retired_at is null;
    insert into private.webhook_secrets (user_id, secret) values (p_user_id, private.fresh_webhook_secret());
    delete from private.webhook_secrets
    where user_id = p_user_id and retired_at < now() - private.webhook_overlap();
    delete from private.webhook_secrets as old
    using (
      select id from private.webhook_secrets
      where user_id = p_user_id and retired_at is not null
      order by retired_at desc, id desc offset c_most_retired
    ) as surplus
    where old.id = surplus.id and old.user_id = p_user_id;
  end if;
  select * into strict v_current from private.webhook_secrets where user_id = p_user_id and retired_at is null;
  select jsonb_build_object(
    'secret', v_current.secret,
    'created_at', private.rfc3339(v_current.created_at),
    'previous_until', private.rfc3339(max(retired_at) + private.webhook_overlap())
  )
  into v_reply
  from private.webhook_secrets
  where user_id = p_user_id and retired_at > now() - private.webhook_overlap();
  return v_reply;
end
$$;

revoke all on function public.webhook_secret from public, anon, authenticated, service_role;
grant execute on function public.webhook_secret to ourvidz_edge;
