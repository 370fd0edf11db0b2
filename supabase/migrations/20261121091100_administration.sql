-- Policy refusals, prompts of projects, and credits from operators.

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

create function public.project_prompt(p_user_id uuid, p_project_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return (
    select jsonb_build_object(
      'enhanced_prompt', project.enhanced_prompt,
      'original_prompt', project.original_prompt,
      'character_id', project.character_id
    )
    from public.projects as project where project.id = p_project_id and project.user_id = p_user_id
  );
end
$$;

create function public.admin_grant_credits(
  p_actor text, p_user_id uuid, p_amount bigint, p_reason text, p_request_id text
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_account private.accounts;
  v_before private.credit_events;
  v_event_id bigint;
begin
  perform private.require_edge();
  if p_amount = 0 then
    perform private.refuse(400, 'invalid_request', '{"field": "amount", "expected": "a number other than 0"}');
  end if;
  v_account := private.open_account(p_user_id, null);

  select * into v_before from private.credit_events where request_id = p_request_id;
  if found then
    if v_before.user_id <> p_user_id or p_amount <> (
      select amount from private.credit_postings where event_id = v_before.id and account = 'available'
    ) then
      perform private.refuse(422, 'idempotency_mismatch');
    end if;
  else
    if v_account.available + p_amount < 0 then
      perform private.refuse(402, 'insufficient_credits', jsonb_build_object(
        'required', -p_amount, 'balance', v_account.available
      ));
    end if;
    insert into private.credit_events (kind, user_id, actor, reason, request_id)
    values ('grant', p_user_id, p_actor, p_reason, p_request_id)
    returning id into v_event_id;
    perform private.post(v_event_id, p_user_id, 'issued', 'available', p_amount);
    update private.accounts set available = available + p_amount where user_id = p_user_id
    returning * into v_account;
  end if;
  return jsonb_build_object('balance', v_account.available, 'held', v_account.held);
end
$$;

revoke all on function public.record_policy_event, public.project_prompt, public.admin_grant_credits
  from public, anon, authenticated, service_role;
grant execute on function public.record_policy_event, public.project_prompt, public.admin_grant_credits to ourvidz_edge;
call private.close();
