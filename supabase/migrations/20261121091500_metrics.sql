-- Everything that a monitoring system asks for, from one look: isolates of the edge share nothing to count in.
--
-- Asked for several times a minute, so nothing here reads a table that grows with the years: what waits and
-- runs, the workers, the accounts, and the failures of the last hour, each by its own index.

create function private.metric(p_name text, p_value numeric, p_labels jsonb default '{}') returns jsonb
language sql immutable
as $$
  select jsonb_build_object('name', p_name, 'labels', p_labels, 'value', coalesce(p_value, 0))
$$;

create function private.queue_metrics() returns setof jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  select private.metric(figure.name, figure.value, jsonb_build_object('queue', settings.queue) || figure.labels)
  from private.queue_settings as settings
  cross join lateral (
    select 'queue_jobs' as name, count(*)::numeric as value, '{"status": "queued"}'::jsonb as labels
    from public.jobs where queue = settings.queue and status = 'queued'
    union all
    select 'queue_jobs', count(*), '{"status": "processing"}'
    from public.jobs where queue = settings.queue and status = 'processing'
    union all
    select 'queue_oldest_seconds', private.seconds_since(min(queued_at)), '{}'
    from public.jobs where queue = settings.queue and status = 'queued'
    union all
    select 'queue_paused', settings.paused::integer, '{}'
    union all
    select 'queue_wait_median_seconds', private.median_wait_seconds(settings.queue), '{}'
    union all
    select 'queue_hints_unpushed', count(*), '{}'
    from private.outbox where queue = settings.queue and pushed_at is null
    union all
    select 'jobs_failed_last_hour', count(*), jsonb_build_object('error_code', error_code)
    from public.jobs
    where queue = settings.queue and status = 'failed' and completed_at > now() - interval '1 hour'
    group by error_code
    union all
    select 'workers', count(*) filter (where private.is_seen(last_seen_at) and not paused and state = 'busy'),
      '{"state": "busy"}'
    from private.workers where settings.queue = any (queues)
    union all
    select 'workers', count(*) filter (where private.is_seen(last_seen_at) and not paused and state = 'idle'),
      '{"state": "idle"}'
    from private.workers where settings.queue = any (queues)
    union all
    select 'workers', count(*) filter (where private.is_seen(last_seen_at) and paused), '{"state": "paused"}'
    from private.workers where settings.queue = any (queues)
  ) as figure;
end
$$;

create function public.admin_metrics() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return (
    select jsonb_agg(sample) from (
      select queue_metrics as sample from private.queue_metrics()
      union all
      select private.metric('expected_seconds', round(milliseconds / 1000.0, 3), jsonb_build_object(
        'job_type', job_type, 'num_assets', num_assets::text
      ))
      from private.expected_times
      union all
      select private.metric('credits', figure.value, jsonb_build_object('account', figure.account))
      from (
        select sum(available) as available, sum(held) as held, sum(spent) as spent from private.accounts
      ) as total
      cross join lateral (
        values ('available', total.available), ('held', total.held), ('spent', total.spent)
      ) as figure (account, value)
      union all
      select private.metric('jobs_submitted_total', sum(total_jobs)) from private.accounts
      union all
      select private.metric('objects_to_delete', count(*)) from private.doomed_objects
      union all
      select private.metric('webhooks_pending', count(*)) from public.webhook_deliveries where status = 'pending'
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
