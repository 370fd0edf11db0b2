-- Made from shared/core/src/job_type.rs by `npm run generate`.

-- Whether there is such a job type, and it comes in this number.
create function private.can_be_ordered(p_job_type text, p_num_assets smallint) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return case p_job_type
    when 'sdxl_image_fast' then p_num_assets in (1, 3, 6)
    when 'sdxl_image_high' then p_num_assets in (1, 3, 6)
    when 'image_fast' then p_num_assets in (1)
    when 'image_high' then p_num_assets in (1)
    when 'video_fast' then p_num_assets in (1)
    when 'video_high' then p_num_assets in (1)
    when 'image7b_fast_enhanced' then p_num_assets in (1)
    when 'image7b_high_enhanced' then p_num_assets in (1)
    when 'video7b_fast_enhanced' then p_num_assets in (1)
    when 'video7b_high_enhanced' then p_num_assets in (1)
    else false
  end;
end
$$;
