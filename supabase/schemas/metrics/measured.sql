-- The totals and what is not in them yet, as of one moment.
create function private.measured()
returns table (metric text, label text, detail text, bucket smallint, times bigint, amount double precision)
language sql stable
as $$
  select metric, label, detail, bucket, sum(times)::bigint, sum(amount)
  from (
    select metric, label, detail, bucket, times, amount from private.measured_totals
    union all
    select metric, label, detail, private.bucket_of(metric, amount), 1, amount from private.measurements
  ) as either
  group by 1, 2, 3, 4
$$;
