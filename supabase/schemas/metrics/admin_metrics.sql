-- Everything that a monitoring system asks for, from one look: isolates of the edge share nothing to count in.
--
-- Asked for several times a minute, so nothing here reads a table that grows with the years: what waits and runs is
-- counted by its indexes and bounded by the queues' limit; everything else is in the totals.
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
      select job_metrics from private.job_metrics()
      union all
      select time_metrics from private.time_metrics('job_wait', 'job_wait_seconds')
      union all
      select time_metrics from private.time_metrics('job_run', 'job_run_seconds')
      union all
      select worker_metrics from private.worker_metrics()
      union all
      select private.metric(
        p_name => 'expected_seconds', p_value => round(milliseconds / 1000.0, 3),
        p_labels => jsonb_build_object(
          'job_type', job_type, 'num_assets', num_assets::text
        )
      )
      from private.expected_times
      union all
      -- Counted up to a bound: what is asked for often must stay cheap just when something is wrong.
      select private.metric('objects_to_delete', count(*)) from (
        select from private.object_deletions limit 100000
      ) as deletion
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
      union all
      -- Of the token that asks, which is the edge's own: when it ends, everything does.
      select private.metric(
        'edge_token_expires_seconds', round((token.claims ->> 'exp')::numeric - extract(epoch from now()))
      )
      from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as token
      where token.claims ? 'exp'
    ) as samples
  );
end
$$;

revoke all on function public.admin_metrics from public, anon, authenticated, service_role;
grant execute on function public.admin_metrics to ourvidz_edge;
