create function private.add_lateness_events(p_late private.late_job[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_users uuid[];
  v_jobs uuid[];
  v_kinds text[];
  v_data jsonb[];
begin
  select array_agg(told.user_id order by told.place), array_agg(told.job_id order by told.place),
    array_agg(told.kind order by told.place), array_agg(told.data order by told.place)
  into v_users, v_jobs, v_kinds, v_data
  from (
    select late.user_id, late.job_id, late.place * 10 + 9 as place,
      case job.status when 'queued' then 'requeued' else job.status end as kind,
      jsonb_strip_nulls(jsonb_build_object(
        'status', job.status, 'attempt', job.attempt,
        'error_code', job.error_code, 'error_message', job.error_message
      )) as data
    from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.jobs as job on job.id = late.job_id
    union all
    select late.user_id, late.job_id, late.place * 10 + image.image_index, 'asset', jsonb_build_object(
      'id', image.id, 'index', image.image_index, 'kind', 'image', 'status', image.status
    )
    from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.images as image on image.job_id = late.job_id
    where late.verdict <> 'requeue' and image.status <> 'completed'
    union all
    select late.user_id, late.job_id, late.place * 10, 'asset', jsonb_build_object(
      'id', video.id, 'index', 0, 'kind', 'video', 'status', video.status
    )
    from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.videos as video on video.job_id = late.job_id
    where late.verdict <> 'requeue' and video.status <> 'completed'
  ) as told;
  if v_jobs is not null then
    perform private.add_events(p_users => v_users, p_jobs => v_jobs, p_kinds => v_kinds, p_data => v_data);
  end if;
end
$$;
