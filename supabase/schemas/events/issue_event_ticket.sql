create function public.issue_event_ticket(
  p_user_id uuid, p_digest text, p_seconds integer, p_ends_at_s bigint, p_most integer,
  p_api_key_id uuid default null
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
    perform private.refuse(
      p_status => 429, p_code => 'rate_limited',
      p_details => jsonb_build_object('limit', p_most, 'retryAfterSeconds', p_seconds)
    );
  end if;
  insert into private.event_tickets (digest, user_id, expires_at, ends_at, api_key_id)
  values (p_digest, p_user_id, now() + private.seconds(p_seconds), to_timestamp(p_ends_at_s), p_api_key_id);
end
$$;

revoke all on function public.issue_event_ticket from public, anon, authenticated, service_role;
grant execute on function public.issue_event_ticket to ourvidz_edge;
