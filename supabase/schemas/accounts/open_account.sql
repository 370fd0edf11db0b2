-- Makes the profile and the account of a user that was never seen, and locks the account. Starting credits
-- are given once, by the first call that knows how many there are (null: this one does not).
create function private.open_account(p_user_id uuid, p_starting_credits bigint) returns private.accounts
language plpgsql
set search_path = ''
as $$
declare
  v_account private.accounts;
begin
  select * into v_account from private.accounts where user_id = p_user_id for no key update;
  if not found then
    insert into public.profiles (id) values (p_user_id) on conflict do nothing;
    insert into private.accounts (user_id) values (p_user_id) on conflict do nothing;
    select * into strict v_account from private.accounts where user_id = p_user_id for no key update;
  end if;
  if not v_account.started and p_starting_credits is not null then
    if p_starting_credits > 0 then
      insert into private.credit_events (kind, user_id, amount) values ('starting', p_user_id, p_starting_credits);
    end if;
    update private.accounts
    set started = true, available = available + p_starting_credits
    where user_id = p_user_id
    returning * into v_account;
  end if;
  return v_account;
end
$$;
