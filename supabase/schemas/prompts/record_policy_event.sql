create function public.record_policy_event(p_user_id uuid, p_surface text, p_job_id uuid default null) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  insert into public.profiles as profile (id, policy_strikes, last_strike_at) values (p_user_id, 1, now())
  on conflict (id) do update set policy_strikes = profile.policy_strikes + 1, last_strike_at = now();
  insert into private.policy_events (user_id, surface, job_id) values (p_user_id, p_surface, p_job_id);
end
$$;

revoke all on function public.record_policy_event from public, anon, authenticated, service_role;
grant execute on function public.record_policy_event to ourvidz_edge;
