-- Expected times follow what jobs really take.
create function private.refresh_expected_times() returns void
language plpgsql
set search_path = ''
as $$
declare
  -- Enough that one odd job does not count, few enough to follow a faster GPU within the hour.
  c_newest constant integer := 31;
begin
  update private.expected_times as expected
  set milliseconds = measured.median
  from (
    select kind.job_type, kind.num_assets, (
      select greatest(percentile_disc(0.5) within group (order by newest.milliseconds), 1)
      from (
        select time.milliseconds from private.generation_times as time
        where time.job_type = kind.job_type and time.num_assets = kind.num_assets
        order by time.id desc limit c_newest
      ) as newest
      having count(*) > 0 -- greatest() takes no notice of a median that is null
    ) as median
    from private.expected_times as kind
  ) as measured
  where expected.job_type = measured.job_type and expected.num_assets = measured.num_assets
    and measured.median <> expected.milliseconds;
end
$$;
