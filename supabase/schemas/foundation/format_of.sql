-- Made from shared/core/src/job_type.rs by `npm run generate`.

-- What comes out.
create function private.format_of(p_job_type text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case p_job_type
    when 'sdxl_image_fast' then 'image'
    when 'sdxl_image_high' then 'image'
    when 'image_fast' then 'image'
    when 'image_high' then 'image'
    when 'video_fast' then 'video'
    when 'video_high' then 'video'
    when 'image7b_fast_enhanced' then 'image'
    when 'image7b_high_enhanced' then 'image'
    when 'video7b_fast_enhanced' then 'video'
    when 'video7b_high_enhanced' then 'video'
  end;
end
$$;
