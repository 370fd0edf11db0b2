-- What a report about a job is judged by, apart from its history. It changes only with the job's version, so a claim
-- hands it out, signed by the edge, and a report that brings it along needs no look at the job before it is written.
create function private.settlement_of(p_job public.jobs, p_lease private.leases) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'job', private.job_row(p_job),
    'prompt', p_job.prompt,
    'assets', coalesce(case p_job.format
      when 'video' then (
        select jsonb_agg(jsonb_build_object(
          'id', video.id, 'image_index', 0, 'status', video.status, 'url', video.video_url
        ))
        from public.videos as video where video.job_id = p_job.id
      )
      else (
        select jsonb_agg(jsonb_build_object(
          'id', image.id, 'image_index', image.image_index, 'status', image.status, 'url', image.image_url
        ) order by image.image_index)
        from public.images as image where image.job_id = p_job.id
      )
    end, '[]'),
    'lease', case when p_lease.lease_id is not null then jsonb_build_object(
      'lease_id', p_lease.lease_id, 'attempt', p_lease.attempt, 'worker_id', p_lease.worker_id,
      'until_ms', private.epoch_ms(p_lease.until)
    ) end,
    'settled', '[]'::jsonb
  );
end
$$;
