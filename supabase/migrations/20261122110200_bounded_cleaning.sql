-- Clearing away old secrets and tickets by their indexes: one condition a statement, for an `or` would read the
-- whole table.

create index webhook_secrets_of_user on private.webhook_secrets (user_id, id desc);
create index event_tickets_unused on private.event_tickets (expires_at) where stream_id is null;
drop index private.event_tickets_of_user;
create index event_tickets_unused_of_user on private.event_tickets (user_id, expires_at) where stream_id is null;

create or replace function public.webhook_secret(p_user_id uuid, p_rotate boolean) returns jsonb
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

create or replace function public.issue_event_ticket(
  p_user_id uuid, p_digest text, p_seconds integer, p_ends_at_s bigint, p_most integer
) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  c_tidied constant integer := 100;
  v_old text[];
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- Each new one clears old ones away, of whomever: those that were never used, and those whose stream has ended.
  v_old := array(
    select digest from private.event_tickets
    where stream_id is null and expires_at < now() order by expires_at limit c_tidied
    for update skip locked
  ) || array(
    select digest from private.event_tickets
    where ends_at < now() order by ends_at limit c_tidied
    for update skip locked
  );
  delete from private.event_tickets where digest = any (v_old);
  if (
    select count(*) from (
      select from private.event_tickets
      where user_id = p_user_id and stream_id is null and expires_at > now()
      limit p_most
    ) as unused
  ) >= p_most then
    perform private.refuse(429, 'rate_limited', jsonb_build_object('limit', p_most, 'retryAfterSeconds', p_seconds));
  end if;
  insert into private.event_tickets (digest, user_id, expires_at, ends_at)
  values (p_digest, p_user_id, now() + private.seconds(p_seconds), to_timestamp(p_ends_at_s));
end
$$;
call private.close();
