-- Upper bounds of a time's buckets in seconds; null for what is no time. Dense where a job is expected to take
-- 5 to 370 s; a wait may last the whole day after which a job is given up. Changing them begins the totals anew.
create function private.bucket_bounds(p_metric text) returns double precision[]
language sql immutable
as $$
  select case p_metric
    when 'job_wait' then array[0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400]
    when 'job_run' then array[0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 1200, 3600]
  end
$$;
