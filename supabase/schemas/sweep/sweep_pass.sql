-- Whatever a crash, a lost message or a lost worker left undone is done here, within bounds.
--
-- A pass takes all jobs that it will change first, without waiting for any (skip locked: what is locked is being
-- dealt with), and only then workers and accounts, in the order that `lock_accounts` names. Of two passes at
-- once the second does nothing.
create function public.sweep_pass(
  p_limit integer, p_lists_lost boolean, p_max_attempts integer, p_outage_seconds integer,
  p_max_queued_seconds integer, p_max_running_seconds integer, p_lease_seconds integer,
  p_sdxl_length bigint default null, p_wan_length bigint default null, p_buckets integer default 1
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  c_lock constant bigint := 7306950021;
  c_prune_every constant interval := interval '1 hour';
  v_state private.sweep_state;
  v_extended integer := 0;
  v_late private.late_job[] := '{}';
  v_hints uuid[];
  v_push jsonb;
begin
  perform private.require_edge();
  if not pg_try_advisory_xact_lock(c_lock) then
    return '{"requeued": 0, "failed": 0, "canceled": 0, "extended": 0, "push": [], "objects": []}';
  end if;
  select * into strict v_state from private.sweep_state;

  if v_state.last_pass_at is null or v_state.last_pass_at < now() - private.seconds(p_outage_seconds) then
    v_extended := private.extend_expired_leases(p_lease_seconds);
  else
    select coalesce(array_agg(late), '{}') into v_late
    from private.late_jobs(
      p_limit => p_limit, p_max_attempts => p_max_attempts, p_max_queued_seconds => p_max_queued_seconds,
      p_max_running_seconds => p_max_running_seconds, p_lease_seconds => p_lease_seconds
    ) as late;
    perform private.take_leases(v_late);
    perform private.requeue_late(array(select late.job_id from unnest(v_late) as late where late.verdict = 'requeue'));
    perform private.end_late(v_late);
    perform private.add_lateness_events(v_late);
  end if;

  update private.sweep_state
  set last_pass_at = now(), lists_lost_at = case when p_lists_lost then clock_timestamp() else lists_lost_at end,
      sdxl_length = p_sdxl_length, wan_length = p_wan_length
  returning * into v_state;
  perform private.refresh_expected_times();
  perform private.count_waiting_users();
  perform private.note_queues();
  perform private.forget_messages();
  if v_state.pruned_at < now() - c_prune_every and private.prune(p_limit) then
    update private.sweep_state set pruned_at = now();
  end if;

  -- First the ids and then the rows, or the plan would not know how few they are.
  v_hints := array(
    select private.hints_to_push(
      p_queue => 'sdxl_queue', p_length => p_sdxl_length, p_limit => p_limit,
      p_lists_lost_at => v_state.lists_lost_at
    )
    union all
    select private.hints_to_push(
      p_queue => 'wan_queue', p_length => p_wan_length, p_limit => p_limit,
      p_lists_lost_at => v_state.lists_lost_at
    )
    limit p_limit
  );
  select coalesce(jsonb_agg(jsonb_build_object(
    'job_id', job.id, 'user_id', job.user_id, 'job_type', job.job_type, 'num_assets', job.num_assets,
    'attempt', job.attempt, 'claim', private.claim_number(job), 'payload', private.worker_payload(job, stored.payload)
  ) order by job.created_at), '[]')
  into v_push
  from public.jobs as job
  join private.job_payloads as stored on stored.job_id = job.id
  where job.id = any (v_hints);

  return jsonb_build_object(
    'requeued', (select count(*) from unnest(v_late) as late where late.verdict = 'requeue'),
    'failed', (select count(*) from unnest(v_late) as late where late.verdict in ('fail', 'deliver')),
    'canceled', (select count(*) from unnest(v_late) as late where late.verdict = 'cancel'),
    'extended', v_extended,
    'push', v_push,
    'objects', private.due_deletions(p_limit, p_buckets)
  );
end
$$;

revoke all on function public.sweep_pass from public, anon, authenticated, service_role;
grant execute on function public.sweep_pass to ourvidz_edge;
