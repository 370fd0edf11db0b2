-- One event for each asset that ended with its late job, and one for the job.
create function private.add_lateness_events(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
begin
  perform private.lock_accounts((select array_agg(late.user_id) from unnest(p_late) as late));
  for v_job in
    select job.* from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.jobs as job on job.id = late.job_id
    order by late.place
  loop
    select array_agg(asset.index order by asset.index), array_agg(asset.status order by asset.index),
      array_agg(asset.id order by asset.index)
    into v_indexes, v_statuses, v_ids
    from (
      select image.image_index as index, image.status, image.id from public.images as image where job_id = v_job.id
      union all
      select 0, video.status, video.id from public.videos as video where job_id = v_job.id
    ) as asset
    where v_job.completed_at is not null and asset.status <> 'completed';
    perform private.add_settlement_events(
      p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
    );
  end loop;
end
$$;
