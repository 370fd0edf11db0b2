-- The answer to a submit, the first time and each time after.
create function private.enqueued(
  p_job public.jobs, p_replayed boolean, p_max_per_minute integer, p_queue_length bigint default null
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_minute timestamptz := date_trunc('minute', clock_timestamp());
  v_used integer;
  v_queue private.queue_outlook;
  v_outlook record;
begin
  select case when account.window_start = v_minute then account.window_jobs else 0 end into v_used
  from private.accounts as account where account.user_id = p_job.user_id;
  if p_job.status in ('queued', 'processing') then
    v_queue := private.outlook_of(p_job.queue, p_queue_length);
  end if;
  select * into v_outlook from private.outlook(p_job, v_queue);
  return jsonb_build_object(
    'replayed', p_replayed,
    'job', private.job_row(p_job),
    'images', coalesce((
      select jsonb_agg(
        jsonb_build_object('id', image.id, 'image_index', image.image_index) order by image.image_index
      )
      from public.images as image where image.job_id = p_job.id
    ), '[]'),
    'video', (
      select jsonb_build_object('id', video.id, 'image_index', 0)
      from public.videos as video where video.job_id = p_job.id
    ),
    'queue_length', case p_job.status when 'queued' then v_queue.jobs end,
    'position', v_outlook.place,
    'eta_seconds', v_outlook.eta_seconds,
    'remaining', greatest(p_max_per_minute - v_used, 0),
    'reset_seconds', ceil(extract(epoch from v_minute + interval '1 minute' - clock_timestamp()))
  );
end
$$;
