-- Moves a job's price from what can be spent to what is held.
create function private.hold_price(p_job public.jobs, p_available bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_price bigint := p_job.price_each::bigint * p_job.num_assets;
  v_event_id bigint;
begin
  if p_available < v_price then
    perform private.refuse(
      p_status => 402, p_code => 'insufficient_credits',
      p_details => jsonb_build_object(
        'required', v_price, 'balance', p_available
      )
    );
  end if;
  insert into private.credit_events (kind, user_id, job_id) values ('hold', p_job.user_id, p_job.id)
  returning id into v_event_id;
  perform private.post(
    p_event_id => v_event_id, p_user_id => p_job.user_id, p_from => 'available', p_to => 'held', p_amount => v_price
  );
  insert into private.credit_holds (job_id, asset_index, user_id, amount)
  select p_job.id, place, p_job.user_id, p_job.price_each from generate_series(0, p_job.num_assets - 1) as place;
end
$$;
