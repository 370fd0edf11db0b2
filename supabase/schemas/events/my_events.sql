create function public.my_events(p_after bigint, p_limit integer, p_job_id uuid default null) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return private.events_after(
    p_user_id => private.require_user(), p_after => p_after, p_limit => p_limit, p_job_id => p_job_id
  );
end
$$;

revoke all on function public.my_events from public, anon, authenticated, service_role;
grant execute on function public.my_events to authenticated, ourvidz_edge;
