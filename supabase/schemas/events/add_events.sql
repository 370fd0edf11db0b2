-- Adds events, in the given order; the arrays belong together. The first statement takes the locks, so that
-- the second one sees every event that was written before.
create function private.add_events(p_users uuid[], p_jobs uuid[], p_kinds text[], p_data jsonb[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_accounts(p_users);
  with
  added as (
    select * from unnest(p_users, p_jobs, p_kinds, p_data)
      with ordinality as added (user_id, job_id, kind, data, place)
  ),
  counted as (
    update private.accounts as account
    set event_seq = account.event_seq + growth.events
    from (select added.user_id, count(*) as events from added group by added.user_id) as growth
    where account.user_id = growth.user_id
    returning account.user_id, account.event_seq - growth.events as before
  )
  insert into public.job_events (user_id, position, job_id, seq, kind, data)
  select
    added.user_id,
    counted.before + row_number() over (partition by added.user_id order by added.place),
    added.job_id,
    coalesce((select max(earlier.seq) from public.job_events as earlier where earlier.job_id = added.job_id), 0)
      + row_number() over (partition by added.job_id order by added.place),
    added.kind,
    added.data
  from added
  join counted using (user_id);
end
$$;
