-- The content policy refused a text of this user's: that it happened is kept, and it is a strike. Whoever collects
-- them learns less and less: answers come later and later, until an operator looks. Returns what held already when
-- the text came, which is then all that its sender is told; null if nothing did.
--
-- What a worker wrote is no strike of the user's.
create function public.record_policy_event(p_user_id uuid, p_surface text, p_job_id uuid default null) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  -- Everybody is misunderstood now and then.
  c_free_strikes constant integer := 3;
  -- Nobody is so often, with the pauses in between.
  c_most_strikes constant integer := 12;
  c_first_pause constant interval := '1 minute';
  c_longest_pause constant interval := '1 hour';
  v_before private.accounts;
  v_strikes integer;
begin
  perform private.require_edge();
  v_before := private.open_account(p_user_id, null);
  insert into private.policy_events (user_id, surface, job_id) values (p_user_id, p_surface, p_job_id);
  if p_surface <> 'callback' then
    v_strikes := 1 + greatest(
      0, v_before.strikes - coalesce(extract(day from now() - v_before.last_strike_at), 0)::integer
    );
    update private.accounts
    set strikes = v_strikes,
        last_strike_at = now(),
        blocked_until = case
          when v_strikes > c_free_strikes
          then now() + least(
            c_longest_pause, c_first_pause * power(2, least(v_strikes, c_most_strikes) - c_free_strikes - 1)
          )
          else blocked_until
        end,
        suspended = suspended or v_strikes >= c_most_strikes
    where user_id = p_user_id;
  end if;
  if v_before.suspended then
    return jsonb_build_object('suspended', true);
  elsif v_before.blocked_until > now() then
    return jsonb_build_object(
      'suspended', false, 'retry_after_seconds', private.seconds_until(v_before.blocked_until)
    );
  end if;
  return null;
end
$$;

revoke all on function public.record_policy_event from public, anon, authenticated, service_role;
grant execute on function public.record_policy_event to ourvidz_edge;
