-- Charges completed assets, releases failed ones, and splits canceled ones by the share that was used up:
-- the share of all of them is rounded up once and spread evenly, so that it is not rounded up once an asset.
create function private.settle_assets(
  p_job public.jobs, p_indexes smallint[], p_statuses text[], p_charge_percent smallint,
  out charged bigint, out released bigint
)
language plpgsql
set search_path = ''
as $$
declare
  v_charges bigint[];
begin
  select array_agg(case
    when asset.status = 'completed' then p_job.price_each
    when asset.status = 'canceled'
    then share.total * asset.nth / asset.many - share.total * (asset.nth - 1) / asset.many
    else 0
  end order by asset.place)
  into v_charges
  from (
    select
      given.status, given.place,
      row_number() over (partition by given.status order by given.index) as nth,
      count(*) over (partition by given.status) as many
    from unnest(p_indexes, p_statuses) with ordinality as given (index, status, place)
  ) as asset
  cross join lateral (
    select ceil(p_job.price_each * asset.many * coalesce(p_charge_percent, 0) / 100.0)::bigint as total
  ) as share;

  perform private.lock_accounts(array[p_job.user_id]);
  select coalesce(sum(settled.charged), 0), coalesce(sum(settled.released), 0)
  into charged, released
  from private.settle_holds(
    p_job_ids => array_fill(p_job.id, array[cardinality(p_indexes)]), p_indexes => p_indexes, p_charges => v_charges
  ) as settled;
end
$$;
