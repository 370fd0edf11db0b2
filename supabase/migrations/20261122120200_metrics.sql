-- What a monitoring system asks for, anew: by job type, with times as histograms, and with what workers report.
--
-- Still nothing here reads a table that grows with the years. What waits and runs is counted by its indexes, and is
-- bounded by the queues' limit; everything else is in the totals.

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

-- A time by job type: how many fell into each bucket (one more than bounds, for what is above them all), and their
-- sum.
create function private.time_metrics(p_metric text, p_name text) returns setof jsonb
language sql stable
as $$
  with measured as materialized (select * from private.measured() as any_metric where any_metric.metric = p_metric)
  select jsonb_build_object('name', p_name, 'labels', jsonb_build_object('job_type', job_type), 'histogram', jsonb_build_object(
    'bounds', to_jsonb(bounds),
    'counts', (
      select jsonb_agg(coalesce(sorted.times, 0) order by place)
      from generate_series(0, cardinality(bounds)) as place
      left join measured as sorted on sorted.label = job_type and sorted.bucket = place
    ),
    'sum', total
  ))
  from (
    select label as job_type, sum(amount) as total, private.bucket_bounds(p_metric) as bounds
    from measured group by label
  ) as kind
$$;

-- Counters are there from the start, at zero, because the first step of one that was absent is seen by nobody.
create function private.job_metrics() returns setof jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  with
  kinds as (select distinct job_type from private.expected_times),
  ends as (select * from unnest(array['completed', 'failed', 'canceled']) as status),
  measured as materialized (select * from private.measured()),
  unfinished as (
    select job.job_type, 'queued' as status, count(*) as jobs
    from private.queue_settings as settings
    join public.jobs as job on job.queue = settings.queue and job.status = 'queued' group by 1
    union all
    select job.job_type, 'processing', count(*)
    from private.queue_settings as settings
    join public.jobs as job on job.queue = settings.queue and job.status = 'processing' group by 1
  )
  select private.metric('jobs', unfinished.jobs, jsonb_build_object('job_type', kinds.job_type, 'status', state.status))
  from kinds
  cross join unnest(array['queued', 'processing']) as state (status)
  left join unfinished on unfinished.job_type = kinds.job_type and unfinished.status = state.status
  union all
  select private.metric('jobs_submitted_total', measured.amount::numeric, jsonb_build_object('job_type', kinds.job_type))
  from kinds left join measured on measured.metric = 'jobs_submitted' and measured.label = kinds.job_type
  union all
  select private.metric('jobs_ended_total', measured.amount::numeric, jsonb_build_object(
    'job_type', kinds.job_type, 'status', ends.status
  ))
  from kinds cross join ends
  left join measured
    on measured.metric = 'jobs_ended' and measured.label = kinds.job_type and measured.detail = ends.status
  union all
  select private.metric('job_attempts_repeated_total', measured.amount::numeric, jsonb_build_object('job_type', kinds.job_type))
  from kinds left join measured on measured.metric = 'attempts_repeated' and measured.label = kinds.job_type
  union all
  select private.metric('jobs_failed_total', amount::numeric, jsonb_build_object('job_type', label, 'error_code', detail))
  from measured where metric = 'jobs_failed'
  union all
  select private.metric('jobs_success_ratio', round((
    sum(amount) filter (where detail = 'completed') / nullif(sum(amount) filter (where detail <> 'canceled'), 0)
  )::numeric, 6), jsonb_build_object('job_type', label))
  from measured where metric = 'jobs_ended'
  group by label
  having sum(amount) filter (where detail <> 'canceled') > 0
  union all
  select private.metric('callbacks_total', measured.amount::numeric, jsonb_build_object('outcome', known.outcome))
  from unnest(array[
    'life_sign', 'partly_delivered', 'completed', 'failed', 'requeued', 'canceled', 'replayed', 'stale', 'terminal',
    'conflict', 'not_found', 'refused'
  ]) as known (outcome)
  left join measured on measured.metric = 'callbacks' and measured.label = known.outcome
  union all
  -- Buckets of results have the job types' names.
  select private.metric('bucket_bytes', measured.amount::numeric, jsonb_build_object('bucket', kinds.job_type))
  from kinds left join measured on measured.metric = 'stored_bytes' and measured.label = kinds.job_type
  union all
  select private.metric('credits', measured.amount::numeric, jsonb_build_object('account', known.account))
  from unnest(array['available', 'held', 'spent', 'issued']) as known (account)
  left join measured on measured.metric = 'credits' and measured.label = known.account;
end
$$;

create function private.worker_metrics() returns setof jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  -- Machines come and go under new names; a day later nobody asks for the old ones.
  c_remembered constant interval := interval '1 day';
  c_most constant integer := 500;
begin
  return query
  select private.metric(figure.name, figure.value, jsonb_build_object('worker', worker.worker_id))
  from (
    select * from private.workers where last_seen_at > now() - c_remembered order by last_seen_at desc limit c_most
  ) as worker
  cross join lateral (values
    ('worker_seen_seconds', private.seconds_since(worker.last_seen_at)::numeric),
    ('worker_up_seconds', case when private.is_seen(worker.last_seen_at) then private.seconds_since(worker.up_since) end),
    ('worker_gpu_memory_used_bytes', case when private.is_seen(worker.last_seen_at) then worker.gpu_used_bytes end),
    ('worker_gpu_memory_total_bytes', case when private.is_seen(worker.last_seen_at) then worker.gpu_total_bytes end),
    ('worker_paused', worker.paused::integer)
  ) as figure (name, value)
  where figure.value is not null;
end
$$;

create or replace function public.admin_metrics() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return (
    select jsonb_agg(sample) from (
      select queue_metrics as sample from private.queue_metrics()
      union all
      select job_metrics from private.job_metrics()
      union all
      select time_metrics from private.time_metrics('job_wait', 'job_wait_seconds')
      union all
      select time_metrics from private.time_metrics('job_run', 'job_run_seconds')
      union all
      select worker_metrics from private.worker_metrics()
      union all
      select private.metric('expected_seconds', round(milliseconds / 1000.0, 3), jsonb_build_object(
        'job_type', job_type, 'num_assets', num_assets::text
      ))
      from private.expected_times
      union all
      -- Counted up to a bound: what is asked for often must stay cheap just when something is wrong.
      select private.metric('objects_to_delete', count(*)) from (
        select from private.doomed_objects limit 100000
      ) as doomed
      union all
      select private.metric('webhooks_pending', count(*)) from (
        select from public.webhook_deliveries where status = 'pending' limit 100000
      ) as pending
      union all
      -- Grows when the sweep, which counts them, does not run.
      select private.metric('measurements_uncounted', count(*)) from (
        select from private.measurements limit 100000
      ) as uncounted
      union all
      -- Absent before the first pass.
      select private.metric('sweep_seconds', private.seconds_since(last_pass_at))
      from private.sweep_state where last_pass_at is not null
    ) as samples
  );
end
$$;

revoke all on function public.admin_metrics from public, anon, authenticated, service_role;
grant execute on function public.admin_metrics to ourvidz_edge;
call private.close();
