-- Adds events of one job, in the given order. The first statement takes the account's lock, so that the others see
-- every event that was written before.
create function private.add_events(p_user_id uuid, p_job_id uuid, p_kinds text[], p_data jsonb[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_position bigint;
  v_seq integer;
begin
  update private.accounts set event_seq = event_seq + cardinality(p_kinds) where user_id = p_user_id
  returning event_seq - cardinality(p_kinds) into v_position;
  select coalesce(max(seq), 0) into v_seq from public.job_events where job_id = p_job_id;
  insert into public.job_events (user_id, position, job_id, seq, kind, data)
  select p_user_id, v_position + place, p_job_id, v_seq + place, p_kinds[place], p_data[place]
  from generate_series(1, cardinality(p_kinds)) as place;
end
$$;
