-- Ends a locked job that its owner calls off, at the price of a cancel; the rest is given back.
create function private.end_canceled(p_job public.jobs) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_bill record;
  v_charged bigint;
begin
  select * into v_bill from private.bill_of(p_job);
  v_charged := v_bill.cancel_cost - p_job.charged;
  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(p_job, private.with_open_assets(
    p_job => p_job, p_assets => '[]', p_status => 'canceled'
  )) as asset;
  update public.jobs
  set status = 'canceled',
      completed_at = now(),
      charged = charged + v_charged,
      released = released + v_bill.held - v_charged
  where id = p_job.id
  returning * into v_job;
  perform private.settle_credits(p_job => v_job, p_charged => v_charged, p_released => v_bill.held - v_charged);
  perform private.add_settlement_events(
    p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
  );
  perform private.finish_jobs(array[p_job.id]);
  return v_job;
end
$$;
