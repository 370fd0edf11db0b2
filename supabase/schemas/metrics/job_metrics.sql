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
  select private.metric(
    p_name => 'jobs', p_value => unfinished.jobs,
    p_labels => jsonb_build_object('job_type', kinds.job_type, 'status', state.status)
  )
  from kinds
  cross join unnest(array['queued', 'processing']) as state (status)
  left join unfinished on unfinished.job_type = kinds.job_type and unfinished.status = state.status
  union all
  select private.metric(
    p_name => 'jobs_submitted_total', p_value => submitted.amount::numeric,
    p_labels => jsonb_build_object('job_type', kinds.job_type)
  )
  from kinds
  left join (
    select label, sum(amount) as amount from measured where metric = 'jobs_submitted' group by label
  ) as submitted on submitted.label = kinds.job_type
  union all
  select private.metric(
    p_name => 'jobs_ended_total', p_value => measured.amount::numeric,
    p_labels => jsonb_build_object(
      'job_type', kinds.job_type, 'status', ends.status
    )
  )
  from kinds cross join ends
  left join measured
    on measured.metric = 'jobs_ended' and measured.label = kinds.job_type and measured.detail = ends.status
  union all
  select private.metric(
    p_name => 'job_attempts_repeated_total', p_value => measured.amount::numeric,
    p_labels => jsonb_build_object('job_type', kinds.job_type)
  )
  from kinds left join measured on measured.metric = 'attempts_repeated' and measured.label = kinds.job_type
  union all
  select private.metric(
    p_name => 'jobs_failed_total', p_value => amount::numeric,
    p_labels => jsonb_build_object('job_type', label, 'error_code', detail)
  )
  from measured where metric = 'jobs_failed'
  union all
  select private.metric(
    p_name => 'jobs_success_ratio',
    p_value => round((
      sum(amount) filter (where detail = 'completed') / nullif(sum(amount) filter (where detail <> 'canceled'), 0)
    )::numeric, 6),
    p_labels => jsonb_build_object('job_type', label)
  )
  from measured where metric = 'jobs_ended'
  group by label
  having sum(amount) filter (where detail <> 'canceled') > 0
  union all
  select private.metric(
    p_name => 'callbacks_total', p_value => measured.amount::numeric,
    p_labels => jsonb_build_object('outcome', known.outcome)
  )
  from unnest(array[
    'heartbeat', 'partly_delivered', 'completed', 'failed', 'requeued', 'canceled', 'replayed', 'stale', 'terminal',
    'conflict', 'not_found', 'refused'
  ]) as known (outcome)
  left join measured on measured.metric = 'callbacks' and measured.label = known.outcome
  union all
  -- Buckets of results have the job types' names.
  select private.metric(
    p_name => 'bucket_bytes', p_value => measured.amount::numeric,
    p_labels => jsonb_build_object('bucket', kinds.job_type)
  )
  from kinds left join measured on measured.metric = 'stored_bytes' and measured.label = kinds.job_type
  union all
  select private.metric(
    p_name => 'credits', p_value => leg.sum::numeric, p_labels => jsonb_build_object('account', known.account)
  )
  from unnest(array['available', 'held', 'spent', 'issued']) as known (account)
  left join (
    select leg.account, sum(leg.sign * measured.amount) as sum
    from measured
    join private.credit_kinds() as movement on movement.kind = measured.label
    cross join lateral (values (movement.source, -1), (movement.target, 1)) as leg (account, sign)
    where measured.metric = 'credits'
    group by leg.account
  ) as leg on leg.account = known.account;
end
$$;
