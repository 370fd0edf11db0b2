-- Moves measurements into the totals, at most so many at once.
create function private.count_measurements(p_limit integer) returns void
language plpgsql
set search_path = ''
as $$
begin
  with counted as (
    delete from private.measurements
    where ctid = any (array(select ctid from private.measurements limit p_limit for update skip locked))
    returning *
  )
  insert into private.measured_totals as totals (metric, label, detail, bucket, times, amount)
  select metric, label, detail, private.bucket_of(metric, amount), count(*), sum(amount)
  from counted
  group by 1, 2, 3, 4
  order by 1, 2, 3, 4
  on conflict (metric, label, detail, bucket) do update
    set times = totals.times + excluded.times, amount = totals.amount + excluded.amount;
end
$$;
