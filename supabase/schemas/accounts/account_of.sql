-- A user's balance, with the starting credits on the first call.
create function public.account_of(p_user_id uuid, p_starting_credits bigint) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_account private.accounts;
begin
  perform private.require_edge();
  -- Almost always the account is there, and a look costs no lock.
  select * into v_account from private.accounts where user_id = p_user_id;
  if not coalesce(v_account.started, false) then
    v_account := private.open_account(p_user_id, p_starting_credits);
  end if;
  return jsonb_build_object(
    'balance', v_account.available,
    'held', v_account.held,
    'active_jobs', (
      select count(*) from public.jobs where user_id = p_user_id and status in ('queued', 'processing')
    ),
    'total_jobs', v_account.total_jobs,
    'credits_spent', v_account.spent
  );
end
$$;

revoke all on function public.account_of from public, anon, authenticated, service_role;
grant execute on function public.account_of to ourvidz_edge;
