-- Lets a waiting job go before other users' (private.waits_since), or in its turn again. What runs needs no word, and
-- what has ended is past it.
create function public.admin_expedite(
  p_actor text, p_job_id uuid, p_expedited boolean, p_reason text default null
) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  v_status text;
begin
  perform private.require_edge();
  select status into v_status from public.jobs where id = p_job_id for no key update;
  if v_status is null then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "job_id"}');
  elsif v_status <> 'queued' then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_status)
    );
  end if;
  update public.jobs set expedited = p_expedited where id = p_job_id;
  insert into private.admin_actions (actor, action, job_id, reason, details)
  values (p_actor, 'expedite', p_job_id, p_reason, jsonb_build_object('expedited', p_expedited));
end
$$;

revoke all on function public.admin_expedite from public, anon, authenticated, service_role;
grant execute on function public.admin_expedite to ourvidz_edge;
