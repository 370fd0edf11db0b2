-- Settles holds: of each named asset the given part is charged and the rest released. An asset that was
-- settled before is left as it is. What the service has paid goes back to where it came from. The accounts must be
-- locked. Returns what moved, per job.
create function private.settle_holds(p_job_ids uuid[], p_indexes smallint[], p_charges bigint[])
returns table (job_id uuid, charged bigint, released bigint)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
  with
  asked as (
    select asked.* from unnest(p_job_ids, p_indexes, p_charges) as asked (job_id, asset_index, charge)
  ),
  settled as (
    update private.credit_holds as hold
    set settled_at = now(), charged = asked.charge, released = hold.amount - asked.charge
    from asked
    where hold.job_id = asked.job_id and hold.asset_index = asked.asset_index and hold.settled_at is null
    returning hold.*
  ),
  moves as (
    select settled.*, 'charge' as kind, 'spent' as target, settled.charged as moved
    from settled where settled.charged > 0
    union all
    select settled.*, 'release', case when settled.granted then 'issued' else 'available' end, settled.released
    from settled where settled.released > 0
  ),
  events as (
    insert into private.credit_events (kind, user_id, job_id, asset_index)
    select moves.kind, moves.user_id, moves.job_id, moves.asset_index from moves
    returning id, kind, job_id, asset_index
  ),
  postings as (
    insert into private.credit_postings (event_id, account, user_id, amount)
    select events.id, leg.account, moves.user_id, leg.amount
    from events
    join moves using (job_id, asset_index, kind)
    cross join lateral (values ('held', -moves.moved), (moves.target, moves.moved)) as leg (account, amount)
  ),
  balances as (
    update private.accounts as account
    set available = account.available + change.returned,
        held = account.held - change.charged - change.released,
        spent = account.spent + change.charged
    from (
      select settled.user_id, sum(settled.charged)::bigint as charged, sum(settled.released)::bigint as released,
        coalesce(sum(settled.released) filter (where not settled.granted), 0)::bigint as returned
      from settled group by settled.user_id
    ) as change
    where account.user_id = change.user_id
  )
  select settled.job_id, sum(settled.charged)::bigint, sum(settled.released)::bigint
  from settled group by settled.job_id;
end
$$;
