-- Makes a worker's key worthless, for good. What it had goes to others with the next pass of the sweep, as if the
-- worker were lost. A name that nobody has seen is taken too: a key may get out before its first use, or long after its
-- last.
create function public.admin_revoke_worker(p_actor text, p_worker_id text, p_reason text default null)
returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  insert into private.revoked_workers (worker_id) values (p_worker_id) on conflict do nothing;
  update private.leases set until = now() where worker_id = p_worker_id;
  insert into private.admin_actions (actor, action, worker_id, reason)
  values (p_actor, 'revoke', p_worker_id, p_reason);
end
$$;

revoke all on function public.admin_revoke_worker from public, anon, authenticated, service_role;
grant execute on function public.admin_revoke_worker to ourvidz_edge;
