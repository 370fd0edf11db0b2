-- How long a job is expected to take: measured once for a start (SDXL for a batch of six), then the sweep
-- keeps it at the median of the newest real times.
create table private.expected_times (
  job_type text not null,
  num_assets smallint not null,
  milliseconds bigint not null check (milliseconds > 0),
  primary key (job_type, num_assets)
);
insert into private.expected_times (job_type, num_assets, milliseconds)
select job_type, num_assets, whole * num_assets / 6
from (values ('sdxl_image_fast', 29900), ('sdxl_image_high', 42400)) as sdxl (job_type, whole)
cross join (values (1), (3), (6)) as batch (num_assets)
union all
values
  ('image_fast', 1, 73000), ('image_high', 1, 90000),
  ('video_fast', 1, 251500), ('video_high', 1, 359700),
  ('image7b_fast_enhanced', 1, 87000), ('image7b_high_enhanced', 1, 104000),
  ('video7b_fast_enhanced', 1, 263900), ('video7b_high_enhanced', 1, 370000);

alter table private.expected_times enable row level security;
