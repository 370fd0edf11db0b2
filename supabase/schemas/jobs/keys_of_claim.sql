-- Where the files of a job's claim go; the same as `asset_key` in the edge, compared by the histories in tests/sql.
create function private.keys_of_claim(p_job public.jobs, p_claim integer)
returns table (index smallint, role text, key text)
language plpgsql stable
set search_path = ''
as $$
declare
  v_stem text := p_job.user_id || case when p_job.queue = 'sdxl_queue' then '/sdxl_' else '/' end
    || p_job.id || '_' || p_claim || '_';
begin
  if p_job.format = 'video' then
    return query values
      (0::smallint, 'video', v_stem || '0.mp4'),
      (0::smallint, 'poster', v_stem || '0_poster.jpg');
  else
    return query
      select place::smallint, file.role, v_stem || place || file.ending
      from generate_series(0, p_job.num_assets - 1) as place
      cross join (values
        ('image', '.' || coalesce(p_job.metadata ->> 'file_extension', 'png')),
        ('thumbnail', '_thumb.jpg')
      ) as file (role, ending);
  end if;
end
$$;
