-- Ends late jobs and their open assets; everything still held goes back to the user.
create function private.end_late(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ended uuid[];
  v_job_ids uuid[];
  v_indexes smallint[];
begin
  select array_agg(late.job_id) into v_ended from unnest(p_late) as late where late.verdict <> 'requeue';
  if v_ended is null then
    return;
  end if;
  update public.jobs as job
  set status = case late.verdict when 'cancel' then 'canceled' when 'deliver' then 'completed' else 'failed' end,
      progress = case late.verdict when 'deliver' then 100 else job.progress end,
      metadata = case late.verdict when 'deliver' then job.metadata || private.delivered(job) else job.metadata end,
      error_code = case late.verdict when 'fail' then late.error_code end,
      error_message = case when late.verdict = 'fail' then
        case late.error_code
          when 'queue_timeout' then 'No worker was free for this job in time. Its credits were given back.'
          else 'The job was given up because its workers did not finish it. Its credits were given back.'
        end
      end,
      completed_at = now()
  from unnest(p_late) as late
  where job.id = late.job_id and late.verdict <> 'requeue';

  with ended_images as (
    update public.images as image
    set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
    from public.jobs as job
    where job.id = image.job_id and job.id = any (v_ended) and image.status in ('queued', 'processing')
    returning image.job_id, image.image_index as index
  ), ended_videos as (
    update public.videos as video
    set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
    from public.jobs as job
    where job.id = video.job_id and job.id = any (v_ended) and video.status in ('queued', 'processing')
    returning video.job_id, 0::smallint
  ), ended_assets as (
    select * from ended_images union all select * from ended_videos
  )
  select coalesce(array_agg(asset.job_id), '{}'), coalesce(array_agg(asset.index), '{}')
  into v_job_ids, v_indexes
  from ended_assets as asset;

  perform private.lock_accounts((select array_agg(late.user_id) from unnest(p_late) as late));
  perform private.settle_holds(
    p_job_ids => v_job_ids, p_indexes => v_indexes, p_charges => array_fill(0::bigint, array[cardinality(v_indexes)])
  );
  perform private.finish_jobs(v_ended);
end
$$;
