create function private.insert_assets(p_job public.jobs) returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_job.format = 'video' then
    insert into public.videos (job_id, user_id, project_id, quality)
    values (p_job.id, p_job.user_id, p_job.project_id, p_job.quality);
  else
    insert into public.images (job_id, user_id, project_id, image_index, quality)
    select p_job.id, p_job.user_id, p_job.project_id, place, p_job.quality
    from generate_series(0, p_job.num_assets - 1) as place;
  end if;
end
$$;
