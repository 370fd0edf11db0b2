-- Moves an amount for an event that is not about one asset.
create function private.post(
  p_event_id bigint, p_user_id uuid, p_from text, p_to text, p_amount bigint
) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.credit_postings (event_id, account, user_id, amount)
  values (p_event_id, p_from, p_user_id, -p_amount), (p_event_id, p_to, p_user_id, p_amount);
end
$$;
