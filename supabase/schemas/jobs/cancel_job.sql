-- Ends a waiting job at once; of a running one its worker is asked to stop.
create function public.cancel_job(p_user_id uuid, p_job_id uuid) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_money record;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id for no key update;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;

  if v_job.status in ('completed', 'failed') then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_job.status)
    );
  elsif v_job.status = 'canceled' then
    return jsonb_build_object('status', 'canceled', 'cancel_requested', false, 'released', 0);
  elsif v_job.status = 'processing' then
    -- The worker hears of it at its next heartbeat; the sweep ends the job if that never comes.
    if not v_job.cancel_requested then
      update public.jobs set cancel_requested = true where id = p_job_id;
    end if;
    return jsonb_build_object('status', 'processing', 'cancel_requested', true, 'released', 0);
  end if;

  update public.jobs set status = 'canceled', completed_at = now() where id = p_job_id returning * into v_job;
  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(v_job, private.with_open_assets(
    p_job => v_job, p_assets => '[]', p_status => 'canceled'
  )) as asset;
  select * into v_money from private.settle_assets(
    p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_charge_percent => 0::smallint
  );
  perform private.add_settlement_events(
    p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
  );
  perform private.finish_jobs(array[p_job_id]);
  return jsonb_build_object('status', 'canceled', 'cancel_requested', false, 'released', v_money.released);
end
$$;

revoke all on function public.cancel_job from public, anon, authenticated, service_role;
grant execute on function public.cancel_job to ourvidz_edge;
