-- Gives or takes credits, once for each `p_request_id`.
create function public.admin_grant_credits(
  p_actor text, p_user_id uuid, p_amount bigint, p_reason text, p_request_id text
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  -- The edge allows far less; more than this would leave the range of what is added up.
  c_most constant bigint := 1000000000000;
  v_account private.accounts;
  v_before private.credit_events;
begin
  perform private.require_edge();
  if p_amount = 0 or p_amount not between -c_most and c_most then
    perform private.refuse(
      p_status => 400, p_code => 'invalid_request',
      p_details => '{"field": "amount", "expected": "a number other than 0, of at most 1000000000000 either way"}'
    );
  end if;
  v_account := private.open_account(p_user_id, null);

  select * into v_before from private.credit_events where request_id = p_request_id;
  if found then
    if v_before.user_id <> p_user_id or v_before.amount <> p_amount then
      perform private.refuse(422, 'idempotency_mismatch');
    end if;
  else
    if v_account.available + p_amount < 0 then
      perform private.refuse(
        p_status => 402, p_code => 'insufficient_credits',
        p_details => jsonb_build_object(
          'required', -p_amount, 'balance', v_account.available
        )
      );
    end if;
    insert into private.credit_events (kind, user_id, amount, actor, reason, request_id)
    values ('grant', p_user_id, p_amount, p_actor, p_reason, p_request_id);
    update private.accounts set available = available + p_amount where user_id = p_user_id
    returning * into v_account;
  end if;
  return jsonb_build_object('balance', v_account.available, 'held', v_account.held);
end
$$;

revoke all on function public.admin_grant_credits from public, anon, authenticated, service_role;
grant execute on function public.admin_grant_credits to ourvidz_edge;
