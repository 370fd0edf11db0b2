-- Stops a queue, one worker or the orders of one user, or lets them go on; exactly one is named. What runs goes on
-- either way.
create function public.admin_pause(
  p_actor text, p_paused boolean,
  p_queue text default null, p_worker_id text default null, p_user_id uuid default null,
  p_reason text default null
) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  if p_worker_id is not null then
    update private.workers
    set paused = p_paused,
        paused_reason = case when p_paused then coalesce(p_reason, 'paused by an operator') end,
        -- Whoever lets a worker go on takes it to be well again.
        losses = case when p_paused then losses else 0 end
    where worker_id = p_worker_id;
  elsif p_user_id is not null then
    update private.accounts
    set suspended = p_paused,
        -- Whoever lets a user go on has looked, and found nothing.
        strikes = case when p_paused then strikes else 0 end,
        blocked_until = case when p_paused then blocked_until end
    where user_id = p_user_id;
  else
    update private.queue_settings set paused = p_paused, updated_at = now() where queue = p_queue;
  end if;
  if not found then
    perform private.refuse(
      p_status => 404, p_code => 'not_found',
      p_details => jsonb_build_object(
        'field', case
          when p_worker_id is not null then 'worker_id'
          when p_user_id is not null then 'user_id'
          else 'queue'
        end
      )
    );
  end if;
  -- Workers have popped hints in vain meanwhile: what is missing on the list is pushed at the next pass. A hint
  -- that is locked belongs to a claim, and is about to go.
  if not p_paused and p_queue is not null then
    update private.outbox as hint set pushes = 0
    from (
      select job_id from private.outbox where queue = p_queue and pushes > 0 for no key update skip locked
    ) as waiting
    where hint.job_id = waiting.job_id;
  end if;
  insert into private.admin_actions (actor, action, queue, worker_id, user_id, reason)
  values (p_actor, case when p_paused then 'pause' else 'resume' end, p_queue, p_worker_id, p_user_id, p_reason);
end
$$;

revoke all on function public.admin_pause from public, anon, authenticated, service_role;
grant execute on function public.admin_pause to ourvidz_edge;
