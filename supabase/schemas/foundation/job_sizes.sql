-- Made from shared/core/src/job_type.rs by `npm run generate`.

-- How many assets one job can have, and how long the first of its kind is expected to take.
create function private.job_sizes()
returns table (job_type text, num_assets smallint, milliseconds bigint)
language sql immutable
as $$
  values
    ('sdxl_image_fast', 1, 4983),
    ('sdxl_image_fast', 3, 14950),
    ('sdxl_image_fast', 6, 29900),
    ('sdxl_image_high', 1, 7066),
    ('sdxl_image_high', 3, 21200),
    ('sdxl_image_high', 6, 42400),
    ('image_fast', 1, 73000),
    ('image_high', 1, 90000),
    ('video_fast', 1, 251500),
    ('video_high', 1, 359700),
    ('image7b_fast_enhanced', 1, 87000),
    ('image7b_high_enhanced', 1, 104000),
    ('video7b_fast_enhanced', 1, 263900),
    ('video7b_high_enhanced', 1, 370000)
$$;
