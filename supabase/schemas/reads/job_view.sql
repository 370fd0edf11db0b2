create function private.job_view(p_job public.jobs, p_queue private.queue_outlook) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_outlook record;
  v_waiting_for text;
  v_progress smallint := p_job.progress;
  v_bill record;
  v_assets jsonb;
begin
  select * into v_outlook from private.outlook(p_job, p_queue);
  if p_job.status = 'queued' then
    v_waiting_for := coalesce(
      private.queue_trouble(p_job.queue),
      case
        when not v_outlook.is_exact then
          'about ' || to_char(v_outlook.place, 'FM999,999,999') || ' jobs that go first'
        when v_outlook.place = 1 then 'the next free worker'
        when v_outlook.place = 2 then 'one job that goes first'
        else (v_outlook.place - 1) || ' jobs that go first'
      end
    );
  elsif p_job.status = 'processing' then
    select greatest(v_progress, lease.progress) into v_progress
    from private.leases as lease where lease.job_id = p_job.id;
  end if;

  select * into v_bill from private.bill_of(p_job);
  if p_job.format = 'video' then
    select jsonb_agg(private.video_view(video, p_job)) into v_assets
    from public.videos as video where video.job_id = p_job.id;
  else
    select jsonb_agg(private.image_view(image, p_job) order by image.image_index)
    into v_assets
    from public.images as image where image.job_id = p_job.id;
  end if;

  return jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'status', p_job.status,
    'job_type', p_job.job_type,
    'progress', coalesce(v_progress, p_job.progress),
    'attempt', p_job.attempt,
    'cancel_requested', p_job.cancel_requested,
    'prompt', p_job.prompt,
    'metadata', private.shown_metadata(p_job),
    'error_code', p_job.error_code,
    'error_message', p_job.error_message,
    'position', v_outlook.place,
    'eta_seconds', v_outlook.eta_seconds,
    'waiting_for', v_waiting_for,
    'num_assets', p_job.num_assets,
    'credits', jsonb_build_object('held', v_bill.held, 'charged', p_job.charged, 'released', p_job.released),
    'cancel_cost', case when p_job.completed_at is null then v_bill.cancel_cost end,
    'created_at', private.rfc3339(p_job.created_at),
    'started_at', private.rfc3339(p_job.started_at),
    'completed_at', private.rfc3339(p_job.completed_at),
    'assets', coalesce(v_assets, '[]')
  );
end
$$;
