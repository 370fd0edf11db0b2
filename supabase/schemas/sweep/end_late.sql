-- Ends late jobs and their open assets; everything still held goes back to the user.
create function private.end_late(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_ended uuid[];
  v_job public.jobs;
begin
  select array_agg(late.job_id) into v_ended from unnest(p_late) as late where late.verdict <> 'requeue';
  if v_ended is null then
    return;
  end if;
  perform private.lock_accounts((select array_agg(late.user_id) from unnest(p_late) as late));
  for v_job in select * from public.jobs where id = any (v_ended) loop
    perform private.settle_credits(
      p_job => v_job, p_charged => 0, p_released => private.price_of(v_job) - v_job.charged - v_job.released
    );
  end loop;
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
      released = private.price_of(job) - job.charged,
      completed_at = now()
  from unnest(p_late) as late
  where job.id = late.job_id and late.verdict <> 'requeue';
  update public.images as image
  set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
  from public.jobs as job
  where job.id = image.job_id and job.id = any (v_ended) and image.status in ('queued', 'processing');
  update public.videos as video
  set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
  from public.jobs as job
  where job.id = video.job_id and job.id = any (v_ended) and video.status in ('queued', 'processing');
  perform private.finish_jobs(v_ended);
end
$$;
