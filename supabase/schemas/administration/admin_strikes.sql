-- Users whose texts the content policy refused, those who may not order first, then the newest.
create function public.admin_strikes() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'user_id', account.user_id,
      'strikes', account.strikes,
      'last_strike_at', private.rfc3339(account.last_strike_at),
      'blocked_seconds', private.seconds_until(account.blocked_until),
      'suspended', account.suspended
    ) order by account.suspended desc, account.last_strike_at desc, account.user_id)
    from (
      select * from private.accounts
      where last_strike_at is not null
      order by suspended desc, last_strike_at desc, user_id
      limit private.page_size(200)
    ) as account
  ), '[]');
end
$$;

revoke all on function public.admin_strikes from public, anon, authenticated, service_role;
grant execute on function public.admin_strikes to ourvidz_edge;
