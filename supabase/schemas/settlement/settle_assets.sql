-- Charges completed assets and releases failed ones. Canceled ones share what the job's cancel costs beyond what was
-- delivered, where their worker was stopped and has not failed, spread evenly so that it is rounded up once.
create function private.settle_assets(
  p_job public.jobs, p_indexes smallint[], p_statuses text[], p_charge_used boolean,
  out charged bigint, out released bigint
)
language plpgsql
set search_path = ''
as $$
declare
  v_share bigint := 0;
  v_charges bigint[];
begin
  if p_charge_used then
    v_share := private.share_of_canceled(p_job, p_statuses);
  end if;
  select array_agg(case
    when asset.status = 'completed' then p_job.price_each
    when asset.status = 'canceled' then v_share * asset.nth / asset.many - v_share * (asset.nth - 1) / asset.many
    else 0
  end order by asset.place)
  into v_charges
  from (
    select
      given.status, given.place,
      row_number() over (partition by given.status order by given.index) as nth,
      count(*) over (partition by given.status) as many
    from unnest(p_indexes, p_statuses) with ordinality as given (index, status, place)
  ) as asset;

  perform private.lock_accounts(array[p_job.user_id]);
  select coalesce(sum(settled.charged), 0), coalesce(sum(settled.released), 0)
  into charged, released
  from private.settle_holds(
    p_job_ids => array_fill(p_job.id, array[cardinality(p_indexes)]), p_indexes => p_indexes, p_charges => v_charges
  ) as settled;
end
$$;
