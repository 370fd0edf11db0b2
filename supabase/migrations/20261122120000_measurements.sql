-- What happened, counted for operators: by type, by outcome, and how long it took.
--
-- A counter that every transaction updates is a row that every transaction waits for. So each adds a row of its
-- own to `measurements`, in the transaction of what it measures, and each pass of the sweep moves them into the
-- totals: whoever asks reads both, and a measurement is always in exactly one of them. Triggers measure, and not
-- the functions that change jobs, because no way to change one may be forgotten, an operator's SQL prompt included.

create table private.measurements (
  metric text not null check (metric in (
    'jobs_submitted', 'jobs_ended', 'jobs_failed', 'attempts_repeated', 'job_wait', 'job_run', 'callbacks', 'credits',
    'stored_bytes'
  )),
  -- Of what: a job type, a bucket, or an outcome; then, where there is more to say, which state or error.
  label text not null,
  detail text not null default '',
  -- How many, or for a time how many seconds.
  amount double precision not null
);
comment on table private.measurements is 'Not yet in the totals; each pass of the sweep empties it.';

create table private.measured_totals (
  metric text not null,
  label text not null,
  detail text not null,
  -- For a time: the first bound that is not below it, counted from 0. Else 0.
  bucket smallint not null,
  times bigint not null,
  amount double precision not null,
  primary key (metric, label, detail, bucket)
);

alter table private.measurements enable row level security;
alter table private.measured_totals enable row level security;

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

create function private.bucket_of(p_metric text, p_amount double precision) returns smallint
language sql immutable
as $$
  select count(*)::smallint from unnest(private.bucket_bounds(p_metric)) as bound where bound < p_amount
$$;

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

-- A pass notes when it ran; what was measured since the last one is counted in the same transaction.
create function private.count_after_pass() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  -- Some 100 ms of work: four passes a minute keep up with 200 jobs a second.
  c_most constant integer := 20000;
begin
  perform private.count_measurements(c_most);
  return null;
end
$$;
create trigger count_measurements after update of last_pass_at on private.sweep_state
  for each statement execute function private.count_after_pass();

create function private.measure_new_jobs() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'jobs_submitted', job_type, count(*) from added group by job_type;
  return null;
end
$$;
create trigger measure_new_jobs after insert on public.jobs
  referencing new table as added
  for each statement execute function private.measure_new_jobs();

-- Never refuses: a change of a job is worth more than a number about it.
create function private.measure_jobs() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, detail, amount)
  select seen.metric, job.job_type, coalesce(seen.detail, ''), seen.amount
  from after as job
  join before on before.id = job.id
  cross join lateral (
    select 'job_wait' as metric, null as detail, extract(epoch from job.started_at - job.created_at) as amount
    where before.started_at is null and job.started_at is not null and job.status = 'processing'
    union all
    select 'attempts_repeated', null, 1 where job.attempt > before.attempt
    union all
    select ended.* from (
      select 'jobs_ended', job.status, 1::numeric
      union all
      select 'jobs_failed', job.error_code, 1 where job.status = 'failed'
      union all
      -- From the first worker's start to the end. A worker that never said when it began leaves both the same.
      select 'job_run', null, extract(epoch from job.completed_at - job.started_at)
      where job.status = 'completed' and job.started_at < job.completed_at
    ) as ended
    where before.completed_at is null and job.completed_at is not null
  ) as seen;
  return null;
end
$$;
create trigger measure_jobs after update on public.jobs
  referencing old table as before new table as after
  for each statement execute function private.measure_jobs();

-- The sum of every user's accounts, without a look at every user.
create function private.measure_postings() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'credits', account, sum(amount) from added group by account;
  return null;
end
$$;
create trigger measure_postings after insert on private.credit_postings
  referencing new table as added
  for each statement execute function private.measure_postings();

-- Finished assets take up room from when they are there until they are deleted. The edge notes the size of each
-- when it looks at the objects; where that look is switched off, nothing is known.
create function private.stored_bytes(p_metadata jsonb) returns bigint
language sql immutable
as $$
  select coalesce((p_metadata ->> 'bytes')::bigint, 0) + coalesce((p_metadata ->> 'thumbnail_bytes')::bigint, 0)
$$;

create function private.measure_finished_assets() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'stored_bytes', job.job_type, sum(private.stored_bytes(asset.metadata))
  from after as asset
  join before on before.id = asset.id and before.status <> 'completed'
  join public.jobs as job on job.id = asset.job_id
  where asset.status = 'completed'
  group by job.job_type
  having sum(private.stored_bytes(asset.metadata)) > 0;
  return null;
end
$$;
create trigger measure_finished_assets after update on public.images
  referencing old table as before new table as after
  for each statement execute function private.measure_finished_assets();
create trigger measure_finished_assets after update on public.videos
  referencing old table as before new table as after
  for each statement execute function private.measure_finished_assets();

create function private.measure_deleted_assets() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'stored_bytes', job.job_type, -sum(private.stored_bytes(asset.metadata))
  from gone as asset
  join public.jobs as job on job.id = asset.job_id
  where asset.status = 'completed'
  group by job.job_type
  having sum(private.stored_bytes(asset.metadata)) > 0;
  return null;
end
$$;
create trigger measure_deleted_assets after delete on public.images
  referencing old table as gone
  for each statement execute function private.measure_deleted_assets();
create trigger measure_deleted_assets after delete on public.videos
  referencing old table as gone
  for each statement execute function private.measure_deleted_assets();

-- What was there before anybody measured: jobs that ended keep their counts, their times are not known by bucket.
insert into private.measured_totals (metric, label, detail, bucket, times, amount)
select 'jobs_submitted', job_type, '', 0, count(*), count(*) from public.jobs group by job_type
union all
select 'jobs_ended', job_type, status, 0, count(*), count(*)
from public.jobs where completed_at is not null group by job_type, status
union all
select 'jobs_failed', job_type, error_code, 0, count(*), count(*)
from public.jobs where status = 'failed' group by job_type, error_code
union all
select 'credits', account, '', 0, count(*), sum(amount) from private.credit_postings group by account;

call private.close();
