-- Refuses a submit that is over a limit. The account must be locked, or two at once would both pass.
create function private.check_limits(
  p_account private.accounts, p_queue_length bigint, p_minute timestamptz,
  p_max_active integer, p_max_per_minute integer, p_max_queued integer
) returns void
language plpgsql
set search_path = ''
as $$
declare
  -- After this long an unfinished job may well have ended, or a worker taken something from a full queue.
  c_try_again_seconds constant integer := 30;
begin
  if p_account.suspended then
    perform private.refuse(p_status => 403, p_code => 'account_suspended');
  end if;
  if p_account.blocked_until > now() then
    perform private.refuse(
      p_status => 429, p_code => 'rate_limited',
      p_details => jsonb_build_object('retryAfterSeconds', private.seconds_until(p_account.blocked_until))
    );
  end if;
  if p_account.window_start = p_minute and p_account.window_jobs >= p_max_per_minute then
    perform private.refuse(
      p_status => 429, p_code => 'rate_limited',
      p_details => jsonb_build_object(
        'limit', p_max_per_minute,
        'retryAfterSeconds', ceil(extract(epoch from p_minute + interval '1 minute' - clock_timestamp()))
      )
    );
  end if;
  if (
    select count(*) from (
      select from public.jobs
      where user_id = p_account.user_id and status in ('queued', 'processing')
      limit p_max_active
    ) as unfinished
  ) >= p_max_active then
    perform private.refuse(
      p_status => 429, p_code => 'too_many_active_jobs',
      p_details => jsonb_build_object(
        'limit', p_max_active, 'retryAfterSeconds', c_try_again_seconds
      )
    );
  end if;
  -- A long queue is known as of the last pass: what comes in within a minute may go beyond the limit.
  if p_queue_length >= p_max_queued then
    perform private.refuse(
      p_status => 503, p_code => 'queue_full',
      p_details => jsonb_build_object('retryAfterSeconds', c_try_again_seconds)
    );
  end if;
end
$$;
