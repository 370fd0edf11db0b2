-- Made from shared/core/src/job_type.rs by `npm run generate`.

-- How much work goes into it.
create function private.quality_of(p_job_type text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case p_job_type
    when 'sdxl_image_fast' then 'fast'
    when 'sdxl_image_high' then 'high'
    when 'image_fast' then 'fast'
    when 'image_high' then 'high'
    when 'video_fast' then 'fast'
    when 'video_high' then 'high'
    when 'image7b_fast_enhanced' then 'fast'
    when 'image7b_high_enhanced' then 'high'
    when 'video7b_fast_enhanced' then 'fast'
    when 'video7b_high_enhanced' then 'high'
  end;
end
$$;
