-- Made from shared/core/src/job_type.rs by `npm run generate`.

-- The queue that serves it.
create function private.queue_of(p_job_type text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case p_job_type
    when 'sdxl_image_fast' then 'sdxl_queue'
    when 'sdxl_image_high' then 'sdxl_queue'
    when 'image_fast' then 'wan_queue'
    when 'image_high' then 'wan_queue'
    when 'video_fast' then 'wan_queue'
    when 'video_high' then 'wan_queue'
    when 'image7b_fast_enhanced' then 'wan_queue'
    when 'image7b_high_enhanced' then 'wan_queue'
    when 'video7b_fast_enhanced' then 'wan_queue'
    when 'video7b_high_enhanced' then 'wan_queue'
  end;
end
$$;
