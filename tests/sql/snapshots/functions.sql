CREATE OR REPLACE FUNCTION public.account_of(p_user_id uuid, p_starting_credits bigint)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_account private.accounts;
begin
  perform private.require_edge();
  -- Almost always the account is there, and a look costs no lock.
  select * into v_account from private.accounts where user_id = p_user_id;
  if not coalesce(v_account.started, false) then
    v_account := private.open_account(p_user_id, p_starting_credits);
  end if;
  return jsonb_build_object(
    'balance', v_account.available,
    'held', v_account.held,
    'active_jobs', (
      select count(*) from public.jobs where user_id = p_user_id and status in ('queued', 'processing')
    ),
    'total_jobs', v_account.total_jobs,
    'credits_spent', v_account.spent
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.add_events(p_user_id uuid, p_job_id uuid, p_kinds text[], p_data jsonb[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_position bigint;
  v_seq integer;
begin
  update private.accounts set event_seq = event_seq + cardinality(p_kinds) where user_id = p_user_id
  returning event_seq - cardinality(p_kinds) into v_position;
  select coalesce(max(seq), 0) into v_seq from public.job_events where job_id = p_job_id;
  insert into public.job_events (user_id, position, job_id, seq, kind, data)
  select p_user_id, v_position + place, p_job_id, v_seq + place, p_kinds[place], p_data[place]
  from generate_series(1, cardinality(p_kinds)) as place;
end
$function$

CREATE OR REPLACE FUNCTION private.add_lateness_events(p_late private.late_job[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
begin
  perform private.lock_accounts((select array_agg(late.user_id) from unnest(p_late) as late));
  for v_job in
    select job.* from unnest(p_late) with ordinality as late (job_id, user_id, verdict, error_code, place)
    join public.jobs as job on job.id = late.job_id
    order by late.place
  loop
    select array_agg(asset.index order by asset.index), array_agg(asset.status order by asset.index),
      array_agg(asset.id order by asset.index)
    into v_indexes, v_statuses, v_ids
    from (
      select image.image_index as index, image.status, image.id from public.images as image where job_id = v_job.id
      union all
      select 0, video.status, video.id from public.videos as video where job_id = v_job.id
    ) as asset
    where v_job.completed_at is not null and asset.status <> 'completed';
    perform private.add_settlement_events(
      p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
    );
  end loop;
end
$function$

CREATE OR REPLACE FUNCTION private.add_settlement_events(p_job jobs, p_indexes smallint[], p_statuses text[], p_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_kinds text[];
  v_data jsonb[];
begin
  select array_agg('asset'::text), array_agg(jsonb_build_object(
    'id', asset.id, 'index', asset.index, 'kind', p_job.format, 'status', asset.status
  ) order by asset.index)
  into v_kinds, v_data
  from unnest(p_indexes, p_statuses, p_ids) as asset (index, status, id);
  if p_job.status <> 'processing' then
    v_kinds := v_kinds || case p_job.status when 'queued' then 'requeued' else p_job.status end;
    v_data := v_data || jsonb_strip_nulls(jsonb_build_object(
      'status', p_job.status, 'attempt', p_job.attempt,
      'error_code', p_job.error_code, 'error_message', p_job.error_message
    ));
  end if;
  if cardinality(v_kinds) > 0 then
    perform private.add_events(
      p_user_id => p_job.user_id, p_job_id => p_job.id, p_kinds => v_kinds, p_data => v_data
    );
  end if;
end
$function$

CREATE OR REPLACE FUNCTION public.admin_deliveries(p_limit integer, p_status text DEFAULT NULL::text, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_deliveries jsonb;
begin
  perform private.require_edge();
  -- With the status in its text, the few that failed are found by their own index.
  execute format(
    $query$
      select jsonb_agg(private.webhook_delivery_view_of_operators(page) order by page.created_at desc, page.id desc)
      from (
        select * from public.webhook_deliveries
        where (created_at, id) < ($1, $2) and %s
        order by created_at desc, id desc limit $3
      ) as page
    $query$,
    case when p_status is null then 'true' else format('status = %L', p_status) end
  )
  into v_deliveries
  using private.page_start(p_before), private.page_start_id(p_before_id), private.page_size(p_limit);
  return coalesce(v_deliveries, '[]');
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_expedite(p_actor text, p_job_id uuid, p_expedited boolean, p_reason text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_status text;
begin
  perform private.require_edge();
  select status into v_status from public.jobs where id = p_job_id for no key update;
  if v_status is null then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "job_id"}');
  elsif v_status <> 'queued' then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_status)
    );
  end if;
  update public.jobs set expedited = p_expedited where id = p_job_id;
  insert into private.admin_actions (actor, action, job_id, reason, details)
  values (p_actor, 'expedite', p_job_id, p_reason, jsonb_build_object('expedited', p_expedited));
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_grant_credits(p_actor text, p_user_id uuid, p_amount bigint, p_reason text, p_request_id text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  -- The edge allows far less; more than this would leave the range of what is added up.
  c_most constant bigint := 1000000000000;
  v_account private.accounts;
  v_before private.credit_events;
begin
  perform private.require_edge();
  if p_amount = 0 or p_amount not between -c_most and c_most then
    perform private.refuse(
      p_status => 400, p_code => 'invalid_request',
      p_details => '{"field": "amount", "expected": "a number other than 0, of at most 1000000000000 either way"}'
    );
  end if;
  v_account := private.open_account(p_user_id, null);

  select * into v_before from private.credit_events where request_id = p_request_id;
  if found then
    if v_before.user_id <> p_user_id or v_before.amount <> p_amount then
      perform private.refuse(422, 'idempotency_mismatch');
    end if;
  else
    if v_account.available + p_amount < 0 then
      perform private.refuse(
        p_status => 402, p_code => 'insufficient_credits',
        p_details => jsonb_build_object(
          'required', -p_amount, 'balance', v_account.available
        )
      );
    end if;
    insert into private.credit_events (kind, user_id, amount, actor, reason, request_id)
    values ('grant', p_user_id, p_amount, p_actor, p_reason, p_request_id);
    update private.accounts set available = available + p_amount where user_id = p_user_id
    returning * into v_account;
  end if;
  return jsonb_build_object('balance', v_account.available, 'held', v_account.held);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_jobs(p_limit integer, p_queue text DEFAULT NULL::text, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'id', job.id,
      'user_id', job.user_id,
      'job_type', job.job_type,
      'queue', job.queue,
      'status', job.status,
      'attempt', job.attempt,
      'error_code', job.error_code,
      'error_message', job.error_message,
      'created_at', private.rfc3339(job.created_at),
      'completed_at', private.rfc3339(job.completed_at),
      'retried_as', (
        select again.id from public.jobs as again where again.retry_of = job.id order by again.created_at limit 1
      ),
      'errors', coalesce((
        select jsonb_agg(jsonb_build_object(
          'attempt', error.attempt,
          'worker_id', error.worker_id,
          'error_code', error.error_code,
          'worker_error', error.worker_error,
          'created_at', private.rfc3339(error.created_at)
        ) order by error.id)
        from private.job_errors as error where error.job_id = job.id
      ), '[]')
    ) order by job.completed_at desc, job.id desc)
    from (
      -- Each queue by its own index, then the newest of both.
      select newest.*
      from unnest(case when p_queue is null then array['sdxl_queue', 'wan_queue'] else array[p_queue] end)
        as served (queue)
      cross join lateral (
        select failed.* from public.jobs as failed
        where failed.queue = served.queue and failed.status = 'failed'
          and (failed.completed_at, failed.id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        order by failed.completed_at desc, failed.id desc
        limit private.page_size(p_limit)
      ) as newest
      order by newest.completed_at desc, newest.id desc
      limit private.page_size(p_limit)
    ) as job
  ), '[]');
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_metrics()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_pause(p_actor text, p_paused boolean, p_queue text DEFAULT NULL::text, p_worker_id text DEFAULT NULL::text, p_user_id uuid DEFAULT NULL::uuid, p_reason text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  if p_worker_id is not null then
    update private.workers
    set paused = p_paused,
        paused_reason = case when p_paused then coalesce(p_reason, 'paused by an operator') end,
        -- Whoever lets a worker go on takes it to be well again.
        losses = case when p_paused then losses else 0 end
    where worker_id = p_worker_id;
  elsif p_user_id is not null then
    update private.accounts
    set suspended = p_paused,
        -- Whoever lets a user go on has looked, and found nothing.
        strikes = case when p_paused then strikes else 0 end,
        blocked_until = case when p_paused then blocked_until end
    where user_id = p_user_id;
  else
    update private.queue_settings set paused = p_paused, updated_at = now() where queue = p_queue;
  end if;
  if not found then
    perform private.refuse(
      p_status => 404, p_code => 'not_found',
      p_details => jsonb_build_object(
        'field', case
          when p_worker_id is not null then 'worker_id'
          when p_user_id is not null then 'user_id'
          else 'queue'
        end
      )
    );
  end if;
  -- Workers have popped hints in vain meanwhile: what is missing on the list is pushed at the next pass. A hint
  -- that is locked belongs to a claim, and is about to go.
  if not p_paused and p_queue is not null then
    update private.outbox as hint set pushes = 0
    from (
      select job_id from private.outbox where queue = p_queue and pushes > 0 for no key update skip locked
    ) as waiting
    where hint.job_id = waiting.job_id;
  end if;
  insert into private.admin_actions (actor, action, queue, worker_id, user_id, reason)
  values (p_actor, case when p_paused then 'pause' else 'resume' end, p_queue, p_worker_id, p_user_id, p_reason);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_purge(p_actor text, p_queue text, p_limit integer, p_reason text DEFAULT NULL::text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_jobs private.late_job[];
  v_result jsonb;
begin
  perform private.require_edge();
  select coalesce(array_agg(row(job.id, job.user_id, 'cancel', null)::private.late_job), '{}') into v_jobs
  from (
    select id, user_id from public.jobs
    where queue = p_queue and status = 'queued'
    order by created_at, id
    limit p_limit
    for no key update skip locked
  ) as job;
  perform private.end_late(v_jobs);
  perform private.add_lateness_events(v_jobs);

  v_result := jsonb_build_object(
    'canceled', cardinality(v_jobs),
    'released', (
      select coalesce(sum(job.released), 0)
      from unnest(v_jobs) as purged join public.jobs as job on job.id = purged.job_id
    ),
    'remaining', (select count(*) from public.jobs where queue = p_queue and status = 'queued')
  );
  insert into private.admin_actions (actor, action, queue, reason, details)
  values (p_actor, 'purge', p_queue, p_reason, v_result);
  return v_result;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_queue_history(p_hours integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  c_points constant integer := 288;
  v_from timestamptz := now() - p_hours * interval '1 hour';
  v_width interval := greatest(p_hours * interval '1 hour' / c_points, interval '5 minutes');
begin
  perform private.require_edge();
  return (
    select jsonb_agg(jsonb_build_object('queue', settings.queue, 'points', coalesce((
      select jsonb_agg(jsonb_build_object(
        'at', private.rfc3339(point.at),
        'queued', point.queued,
        'processing', point.processing,
        'workers', point.workers,
        'oldest_seconds', point.oldest_seconds,
        'median_wait_seconds', point.median_wait_seconds
      ) order by point.at)
      from (
        select date_bin(v_width, noted.at, 'epoch') as at, max(noted.queued) as queued,
          max(noted.processing) as processing, min(noted.workers) as workers,
          max(noted.oldest_seconds) as oldest_seconds, max(noted.median_wait_seconds) as median_wait_seconds
        from private.queue_history as noted
        where noted.queue = settings.queue and noted.at >= v_from
        group by 1
      ) as point
    ), '[]')) order by settings.queue)
    from private.queue_settings as settings
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_redeliver(p_actor text, p_delivery_id uuid, p_reason text DEFAULT NULL::text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_delivery public.webhook_deliveries;
begin
  perform private.require_edge();
  v_delivery := private.send_anew(p_delivery_id);
  insert into private.admin_actions (actor, action, job_id, user_id, reason, details)
  values (
    p_actor, 'redeliver', v_delivery.job_id, v_delivery.user_id, p_reason,
    jsonb_build_object('delivery', v_delivery.id)
  );
  return private.webhook_delivery_view_of_operators(v_delivery);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_redrive(p_actor text, p_limit integer, p_queue text DEFAULT NULL::text, p_job_id uuid DEFAULT NULL::uuid, p_reason text DEFAULT NULL::text, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_jobs jsonb;
begin
  perform private.require_edge();
  if p_job_id is not null then
    select * into v_job from public.jobs where id = p_job_id;
    if not found then
      perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "job_id"}');
    elsif v_job.status <> 'failed' or v_job.error_code = 'content_policy' then
      perform private.refuse(
        p_status => 409, p_code => 'state_conflict',
        p_details => jsonb_strip_nulls(jsonb_build_object(
          'status', v_job.status, 'error_code', v_job.error_code
        ))
      );
    end if;
    v_jobs := jsonb_build_array(private.job_view(v_job, private.outlook_of(v_job.queue)));
  else
    select coalesce(jsonb_agg(private.job_view(job, null) order by job.completed_at desc, job.id desc), '[]')
    into v_jobs
    from (
      select failed.* from public.jobs as failed
      where failed.queue = p_queue and failed.status = 'failed'
        and failed.error_code <> 'content_policy'
        and (failed.completed_at, failed.id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and not exists (select from public.jobs as again where again.retry_of = failed.id)
      order by failed.completed_at desc, failed.id desc
      limit private.page_size(p_limit)
    ) as job;
  end if;
  insert into private.admin_actions (actor, action, queue, job_id, reason, details)
  values (p_actor, 'redrive', p_queue, p_job_id, p_reason, jsonb_build_object(
    'jobs', coalesce((select jsonb_agg(job -> 'id') from jsonb_array_elements(v_jobs) as job), '[]')
  ));
  return v_jobs;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_revoke_worker(p_actor text, p_worker_id text, p_reason text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  insert into private.revoked_workers (worker_id) values (p_worker_id) on conflict do nothing;
  update private.leases set until = now() where worker_id = p_worker_id;
  insert into private.admin_actions (actor, action, worker_id, reason)
  values (p_actor, 'revoke', p_worker_id, p_reason);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_strikes()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'user_id', account.user_id,
      'strikes', account.strikes,
      'last_strike_at', private.rfc3339(account.last_strike_at),
      'blocked_seconds', private.seconds_until(account.blocked_until),
      'suspended', account.suspended
    ) order by account.suspended desc, account.last_strike_at desc, account.user_id)
    from (
      select * from private.accounts
      where last_strike_at is not null
      order by suspended desc, last_strike_at desc, user_id
      limit private.page_size(200)
    ) as account
  ), '[]');
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.admin_workers()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'worker_id', worker.worker_id,
      'queues', worker.queues,
      'models', worker.models,
      'state', worker.state,
      'current_job', worker.current_job,
      'seen_seconds', private.seconds_since(worker.last_seen_at),
      'first_seen_at', private.rfc3339(worker.first_seen_at),
      'last_seen_at', private.rfc3339(worker.last_seen_at),
      'losses', worker.losses,
      'paused', worker.paused,
      'paused_reason', worker.paused_reason,
      'revoked', exists (select from private.revoked_workers as revoked where revoked.worker_id = worker.worker_id),
      'last_error', trouble.worker_error,
      'last_error_at', private.rfc3339(trouble.created_at)
    ) order by worker.last_seen_at desc, worker.worker_id)
    from (
      select * from private.workers order by last_seen_at desc, worker_id limit private.page_size(200)
    ) as worker
    left join lateral (
      select error.worker_error, error.created_at from private.job_errors as error
      where error.worker_id = worker.worker_id and error.worker_error is not null
      order by error.id desc limit 1
    ) as trouble on true
  ), '[]');
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.api_key_view(p_key private.api_keys)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_key.id,
    'name', p_key.name,
    'prefix', p_key.prefix,
    'scopes', to_jsonb(p_key.scopes),
    'monthly_limit', p_key.monthly_limit,
    'spent_this_month', case when p_key.month = private.month_of(now()) then p_key.spent else 0 end,
    'created_at', private.rfc3339(p_key.created_at),
    'expires_at', private.rfc3339(p_key.expires_at),
    'last_used_at', private.rfc3339(p_key.last_used_at)
  )
$function$

CREATE OR REPLACE FUNCTION private.asset_metadata(p_metadata jsonb, p_status text, p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select case p_status
    when 'completed' then jsonb_strip_nulls(jsonb_build_object(
      'prompt', case p_job.format when 'video' then p_job.prompt end,
      'aspect', p_job.metadata -> 'aspect',
      'negative_prompt', p_job.metadata -> 'negative_prompt',
      'enhanced_prompt', private.shown_metadata(p_job) -> 'enhanced_prompt'
    ))
    else '{}'
  end || p_metadata
$function$

CREATE OR REPLACE FUNCTION private.asset_status(p_asset text, p_job text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when p_asset = 'queued' and p_job = 'processing' then 'processing' else p_asset end
$function$

CREATE OR REPLACE FUNCTION private.bill_of(p_job jobs, OUT held bigint, OUT cancel_cost bigint)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_progress smallint := p_job.progress_at_cancel;
begin
  held := private.price_of(p_job) - p_job.charged - p_job.released;
  if p_job.status in ('completed', 'failed') then
    return;
  elsif p_job.status = 'canceled' then
    cancel_cost := p_job.charged;
    return;
  elsif p_job.status = 'queued' then
    v_progress := 0;
  elsif v_progress is null then
    v_progress := p_job.progress;
    -- Heartbeats tell their progress to the lease alone.
    select greatest(v_progress, lease.progress) into v_progress
    from private.leases as lease where lease.job_id = p_job.id;
    v_progress := coalesce(v_progress, p_job.progress);
  end if;
  cancel_cost := private.cancel_cost(
    p_total => p_job.charged + held, p_delivered => p_job.charged, p_progress => v_progress
  );
end
$function$

CREATE OR REPLACE FUNCTION private.bucket_bounds(p_metric text)
 RETURNS double precision[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case p_metric
    when 'job_wait' then array[0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400]
    when 'job_run' then array[0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 1200, 3600]
  end
$function$

CREATE OR REPLACE FUNCTION private.bucket_of(p_metric text, p_amount double precision)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select count(*)::smallint from unnest(private.bucket_bounds(p_metric)) as bound where bound < p_amount
$function$

CREATE OR REPLACE FUNCTION private.caller_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when subject ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'
    then subject::uuid
  end
  from (
    select coalesce(
      nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
      nullif(pg_catalog.current_setting('request.jwt.claim.sub', true), '')
    )
  ) as claims(subject)
$function$
-- for authenticated

CREATE OR REPLACE FUNCTION private.caller_role()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select case pg_catalog.current_setting('role')
    when 'none' then session_user::text
    else pg_catalog.current_setting('role')
  end
$function$

CREATE OR REPLACE FUNCTION private.can_be_ordered(p_job_type text, p_num_assets smallint)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
begin
  return case p_job_type
    when 'sdxl_image_fast' then p_num_assets in (1, 3, 6)
    when 'sdxl_image_high' then p_num_assets in (1, 3, 6)
    when 'image_fast' then p_num_assets in (1)
    when 'image_high' then p_num_assets in (1)
    when 'video_fast' then p_num_assets in (1)
    when 'video_high' then p_num_assets in (1)
    when 'image7b_fast_enhanced' then p_num_assets in (1)
    when 'image7b_high_enhanced' then p_num_assets in (1)
    when 'video7b_fast_enhanced' then p_num_assets in (1)
    when 'video7b_high_enhanced' then p_num_assets in (1)
    else false
  end;
end
$function$

CREATE OR REPLACE FUNCTION private.cancel_cost(p_total bigint, p_delivered bigint, p_progress smallint)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select greatest(p_delivered, ceil(p_total * p_progress / 100.0)::bigint)
$function$

CREATE OR REPLACE FUNCTION public.cancel_job(p_user_id uuid, p_job_id uuid, p_dry_run boolean DEFAULT false)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_job public.jobs;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id for no key update;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;

  if v_job.status in ('completed', 'failed') then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_job.status)
    );
  elsif p_dry_run or v_job.status = 'canceled' then
    null;
  elsif v_job.status = 'queued' then
    v_job := private.end_canceled(v_job);
  elsif not v_job.cancel_requested then
    -- The worker hears of it at its next heartbeat; the sweep ends the job if that never comes.
    update public.jobs
    set cancel_requested = true,
        progress_at_cancel = greatest(progress, (select progress from private.leases where job_id = p_job_id))
    where id = p_job_id
    returning * into v_job;
  end if;
  return private.canceled(v_job);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.canceled(p_job jobs)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_bill record;
begin
  select * into v_bill from private.bill_of(p_job);
  return jsonb_build_object(
    'status', p_job.status,
    'cancel_requested', p_job.cancel_requested and p_job.status = 'processing',
    'cancel_cost', v_bill.cancel_cost,
    'charged', p_job.charged,
    'released', p_job.released
  );
end
$function$

CREATE OR REPLACE FUNCTION private.change_tags(p_user_id uuid, p_format text, p_asset_id uuid, p_created_at timestamp with time zone, p_add text[], p_remove text[], p_most integer, p_most_own integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_number integer;
  v_is_new boolean;
begin
  if p_format = 'video' then
    delete from private.video_tags where video_id = p_asset_id and tag = any (p_remove);
  else
    delete from private.image_tags where image_id = p_asset_id and tag = any (p_remove);
  end if;
  if p_add is null then
    return;
  end if;

  -- One at a time, or two at once would both pass the limit of what their owner may have.
  perform from public.profiles where id = p_user_id for no key update;
  v_is_new := exists (
    select from unnest(p_add) as added
    where not exists (select from private.image_tags where user_id = p_user_id and tag = added)
      and not exists (select from private.video_tags where user_id = p_user_id and tag = added)
  );
  if p_format = 'video' then
    insert into private.video_tags (video_id, tag, user_id, created_at)
    select p_asset_id, tag, p_user_id, p_created_at from unnest(p_add) as tag
    on conflict do nothing;
    select count(*) into v_number from private.video_tags where video_id = p_asset_id;
  else
    insert into private.image_tags (image_id, tag, user_id, created_at)
    select p_asset_id, tag, p_user_id, p_created_at from unnest(p_add) as tag
    on conflict do nothing;
    select count(*) into v_number from private.image_tags where image_id = p_asset_id;
  end if;
  if v_number > p_most then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('field', 'add_tags', 'limit', p_most)
    );
  end if;
  if v_is_new and (select count(*) from private.tags_of(p_user_id)) > p_most_own then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('field', 'tags', 'limit', p_most_own)
    );
  end if;
end
$function$

CREATE OR REPLACE FUNCTION private.charge_api_key(p_job jobs)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_month date := private.month_of(p_job.created_at);
  v_price bigint := private.price_of(p_job);
  v_spent bigint;
  v_key private.api_keys;
begin
  select * into v_key from private.api_keys
  where id = p_job.api_key_id and user_id = p_job.user_id and (expires_at is null or expires_at > now())
  for no key update;
  if not found then
    perform private.refuse(p_status => 401, p_code => 'unauthorized', p_details => '{"reason": "key_unknown"}');
  end if;
  v_spent := case when v_key.month = v_month then v_key.spent else 0 end;
  if v_spent + v_price > v_key.monthly_limit then
    perform private.refuse(
      p_status => 402, p_code => 'spending_limit',
      p_details => jsonb_build_object('limit', v_key.monthly_limit, 'spent', v_spent, 'required', v_price)
    );
  end if;
  update private.api_keys set month = v_month, spent = v_spent + v_price where id = v_key.id;
end
$function$

CREATE OR REPLACE FUNCTION private.charges_of(p_job jobs, p_statuses text[], p_price_each integer, p_charge_used boolean, OUT charged bigint, OUT released bigint)
 RETURNS record
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
declare
  v_each bigint := p_job.price_each;
  v_canceled bigint := cardinality(array_positions(p_statuses, 'canceled'));
  v_delivered bigint;
begin
  charged := least(v_each, p_price_each) * cardinality(array_positions(p_statuses, 'completed'));
  if p_charge_used and v_canceled > 0 then
    v_delivered := p_job.charged + charged;
    charged := charged - v_delivered + private.cancel_cost(
      p_total => v_delivered + v_each * v_canceled, p_delivered => v_delivered,
      p_progress => coalesce(p_job.progress_at_cancel, 0::smallint)
    );
  end if;
  released := v_each * cardinality(p_statuses) - charged;
end
$function$

CREATE OR REPLACE FUNCTION private.check_limits(p_account private.accounts, p_queue_length bigint, p_minute timestamp with time zone, p_max_active integer, p_max_per_minute integer, p_max_queued integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  -- After this long an unfinished job may well have ended, or a worker taken something from a full queue.
  c_try_again_seconds constant integer := 30;
begin
  if p_account.suspended then
    perform private.refuse(p_status => 403, p_code => 'account_suspended');
  end if;
  if p_account.blocked_until > now() then
    perform private.refuse(
      p_status => 429, p_code => 'rate_limited',
      p_details => jsonb_build_object('retryAfterSeconds', private.seconds_until(p_account.blocked_until))
    );
  end if;
  if p_account.window_start = p_minute and p_account.window_jobs >= p_max_per_minute then
    perform private.refuse(
      p_status => 429, p_code => 'rate_limited',
      p_details => jsonb_build_object(
        'limit', p_max_per_minute,
        'retryAfterSeconds', ceil(extract(epoch from p_minute + interval '1 minute' - clock_timestamp()))
      )
    );
  end if;
  if (
    select count(*) from (
      select from public.jobs
      where user_id = p_account.user_id and status in ('queued', 'processing')
      limit p_max_active
    ) as unfinished
  ) >= p_max_active then
    perform private.refuse(
      p_status => 429, p_code => 'too_many_active_jobs',
      p_details => jsonb_build_object(
        'limit', p_max_active, 'retryAfterSeconds', c_try_again_seconds
      )
    );
  end if;
  -- A long queue is known as of the last pass: what comes in within a minute may go beyond the limit.
  if p_queue_length >= p_max_queued then
    perform private.refuse(
      p_status => 503, p_code => 'queue_full',
      p_details => jsonb_build_object('retryAfterSeconds', c_try_again_seconds)
    );
  end if;
end
$function$

CREATE OR REPLACE FUNCTION private.check_ownership(p_user_id uuid, p_project_id uuid, p_image_id uuid, p_video_id uuid, p_retry_of uuid)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_field text;
begin
  if num_nonnulls(p_project_id, p_image_id, p_video_id, p_retry_of) = 0 then
    return;
  end if;
  v_field := case
    when p_project_id is not null
      and not exists (select from public.projects where id = p_project_id and user_id = p_user_id) then 'projectId'
    when p_image_id is not null
      and not exists (select from public.images where id = p_image_id and user_id = p_user_id) then 'imageId'
    when p_video_id is not null
      and not exists (select from public.videos where id = p_video_id and user_id = p_user_id) then 'videoId'
    when p_retry_of is not null
      and not exists (select from public.jobs where id = p_retry_of and user_id = p_user_id) then 'retryOf'
  end;
  if v_field is not null then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => jsonb_build_object('field', v_field));
  end if;
end
$function$

CREATE OR REPLACE FUNCTION public.claim_job(p_worker_id text, p_queue text, p_lease_id uuid, p_lease_seconds integer, p_job_id uuid DEFAULT NULL::uuid, p_models text[] DEFAULT '{}'::text[], p_uptime_seconds bigint DEFAULT NULL::bigint, p_gpu_used_bytes bigint DEFAULT NULL::bigint, p_gpu_total_bytes bigint DEFAULT NULL::bigint, p_message_id text DEFAULT NULL::text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  perform private.refuse_revoked(p_worker_id);
  if private.is_repeated(p_message_id) then
    return null;
  end if;
  perform private.record_contact(p_worker_id => p_worker_id, p_queue => p_queue, p_models => p_models);
  perform private.note_vitals(
    p_worker_id => p_worker_id, p_uptime_seconds => p_uptime_seconds,
    p_gpu_used_bytes => p_gpu_used_bytes, p_gpu_total_bytes => p_gpu_total_bytes
  );
  if not private.may_start(p_worker_id, p_queue) then
    return null;
  end if;
  if p_job_id is null then
    v_job := private.next_job(p_queue);
  else
    select * into v_job from public.jobs
    where id = p_job_id and queue = p_queue and status = 'queued'
    for no key update skip locked;
  end if;
  if v_job.id is null then
    update private.workers set state = 'idle', current_job = null
    where worker_id = p_worker_id and current_job is not null
      and not exists (select from private.leases where job_id = current_job and worker_id = p_worker_id);
    return null;
  end if;

  v_lease := private.start_attempt(
    p_job => v_job, p_lease_id => p_lease_id, p_worker_id => p_worker_id, p_lease_seconds => p_lease_seconds
  );
  -- As the attempt's start has left it.
  select * into strict v_job from public.jobs where id = v_job.id;
  return jsonb_build_object(
    'job_id', v_job.id,
    'user_id', v_job.user_id,
    'job_type', v_job.job_type,
    'num_assets', v_job.num_assets,
    'attempt', v_job.attempt,
    'lease_id', v_lease.lease_id,
    'lease_until_ms', private.epoch_ms(v_lease.until),
    'payload', (
      select private.worker_payload(v_job, stored.payload)
      from private.job_payloads as stored where stored.job_id = v_job.id
    ),
    'keys', (
      select jsonb_agg(
        jsonb_build_object('index', file.index, 'role', file.role, 'bucket', v_job.job_type, 'key', file.key)
        order by file.index, file.role
      )
      from private.keys_of_claim(v_job, private.claim_number(v_job)) as file
    ),
    'settlement', private.settlement_of(v_job, v_lease)
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.claim_number(p_job jobs)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_job.attempt + p_job.releases
$function$

CREATE OR REPLACE PROCEDURE private.close()
 LANGUAGE plpgsql
 SET search_path TO ''
AS $procedure$
begin
  revoke all on schema private from public, anon, authenticated, service_role, ourvidz_edge;
  revoke all on all tables in schema private from public, anon, authenticated, service_role, ourvidz_edge;
  revoke all on all sequences in schema private from public, anon, authenticated, service_role, ourvidz_edge;
  revoke all on all routines in schema private from public, anon, authenticated, service_role, ourvidz_edge;
  grant execute on function private.caller_id to authenticated;
end
$procedure$

CREATE OR REPLACE FUNCTION private.count_after_pass()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  -- Some 100 ms of work: four passes a minute keep up with 200 jobs a second.
  c_most constant integer := 20000;
begin
  perform private.count_measurements(c_most);
  return null;
end
$function$

CREATE OR REPLACE FUNCTION public.count_callback(p_outcome text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  if p_outcome in ('replayed', 'stale', 'terminal', 'not_found', 'refused') then
    perform private.note_callback(p_outcome);
  end if;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.count_measurements(p_limit integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION private.count_waiting_users()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  update private.queue_settings as settings
  set waiting_users = counted.users
  from (
    select queue, case
      when private.queue_length(queue) > private.exact_positions() then private.number_of_users(queue)
    end as users
    from private.queue_settings
  ) as counted
  where settings.queue = counted.queue and settings.waiting_users is distinct from counted.users;
end
$function$

CREATE OR REPLACE FUNCTION public.create_api_key(p_user_id uuid, p_key_id uuid, p_digest text, p_prefix text, p_name text, p_scopes text[], p_most integer, p_monthly_limit bigint DEFAULT NULL::bigint, p_expires_in_days integer DEFAULT NULL::integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_key private.api_keys;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- One at a time, or two at once would both pass the limit.
  perform from public.profiles where id = p_user_id for no key update;
  if (select count(*) from private.api_keys where user_id = p_user_id) >= p_most then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('limit', p_most)
    );
  end if;
  insert into private.api_keys (id, user_id, digest, prefix, name, scopes, monthly_limit, expires_at)
  values (
    p_key_id, p_user_id, p_digest, p_prefix, p_name, p_scopes, p_monthly_limit,
    now() + p_expires_in_days * interval '1 day'
  )
  returning * into v_key;
  return private.api_key_view(v_key);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.create_project(p_user_id uuid, p_project_id uuid, p_max_projects integer, p_title text DEFAULT NULL::text, p_original_prompt text DEFAULT NULL::text, p_enhanced_prompt text DEFAULT NULL::text, p_character_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_project public.projects;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- The edge asks again with the same id when the answer to a commit was lost.
  select * into v_project from public.projects where id = p_project_id and user_id = p_user_id;
  if found then
    return private.project_view(v_project);
  end if;
  -- Two at once may go one above the limit; it is there against thousands.
  if (select count(*) from public.projects where user_id = p_user_id) >= p_max_projects then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('limit', p_max_projects)
    );
  end if;
  insert into public.projects (id, user_id, title, original_prompt, enhanced_prompt, character_id)
  values (p_project_id, p_user_id, p_title, p_original_prompt, p_enhanced_prompt, p_character_id)
  returning * into v_project;
  return private.project_view(v_project);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.credit_api_keys(p_job_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_change record;
begin
  for v_change in
    select job.api_key_id, private.month_of(job.created_at) as month, sum(job.released)::bigint as released
    from public.jobs as job
    where job.id = any (p_job_ids) and job.api_key_id is not null and job.released > 0
    group by 1, 2
    order by 1, 2
  loop
    update private.api_keys set spent = greatest(spent - v_change.released, 0)
    where id = v_change.api_key_id and month = v_change.month;
  end loop;
end
$function$

CREATE OR REPLACE FUNCTION private.credit_kinds()
 RETURNS TABLE(kind text, source text, target text)
 LANGUAGE sql
 IMMUTABLE
AS $function$
  values
    ('starting', 'issued', 'available'),
    ('grant', 'issued', 'available'),
    ('hold', 'available', 'held'),
    ('charge', 'held', 'spent'),
    ('release', 'held', 'available'),
    ('return', 'held', 'issued')
$function$

CREATE OR REPLACE FUNCTION public.delete_asset(p_user_id uuid, p_asset_id uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_keys text[];
begin
  perform private.require_edge();
  v_job := private.lock_job_of_asset(p_user_id, p_asset_id);
  if v_job.id is null then
    -- Deleted before, perhaps a moment ago, while this waited for the job.
    if exists (select from private.deleted_assets where asset_id = p_asset_id and user_id = p_user_id) then
      return;
    end if;
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  -- Settling counts the rows of a job.
  if v_job.completed_at is null then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('status', v_job.status)
    );
  end if;

  if v_job.format = 'video' then
    delete from public.videos where id = p_asset_id returning array[video_url, thumbnail_url] into v_keys;
  else
    delete from public.images where id = p_asset_id returning array[image_url, thumbnail_url] into v_keys;
  end if;
  if v_keys is null then
    return;
  end if;
  perform private.schedule_asset_deletion(p_job => v_job, p_asset_id => p_asset_id, p_keys => v_keys);
  insert into private.deleted_assets (asset_id, user_id) values (p_asset_id, p_user_id);
  -- The job must not go on naming what is gone.
  update public.jobs
  set metadata = metadata || jsonb_build_object('primary_asset', left_over.urls -> 0, 'all_assets', left_over.urls)
  from (
    select coalesce(jsonb_agg(url order by place) filter (where url <> v_keys[1]), '[]') as urls
    from jsonb_array_elements_text(coalesce(v_job.metadata -> 'all_assets', '[]')) with ordinality as named (url, place)
  ) as left_over
  where id = v_job.id and v_job.metadata -> 'all_assets' ? v_keys[1];
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.delete_data(p_user_id uuid, p_most_jobs integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_jobs uuid[] := array(
    select id from public.jobs where user_id = p_user_id order by created_at desc, id desc limit p_most_jobs
  );
  v_job public.jobs;
begin
  perform private.require_edge();
  -- In the order of all locks. From the account's on nothing is ordered.
  perform from public.jobs where id = any (v_jobs) order by id for no key update;
  perform from private.leases where job_id = any (v_jobs) order by job_id for update;
  perform private.lock_accounts(array[p_user_id]);
  for v_job in select * from public.jobs where id = any (v_jobs) and completed_at is null loop
    perform private.end_canceled(v_job);
  end loop;
  -- What an order names that came in between would change that order's row, and it is too late to lock jobs.
  v_jobs := array(
    select job.id from unnest(v_jobs) as job (id)
    where not exists (select from public.jobs as later where later.retry_of = job.id and later.id <> all (v_jobs))
  );
  perform private.schedule_all_deletions(p_user_id, v_jobs);
  return private.delete_rows_of(p_user_id, v_jobs);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.delete_rows_of(p_user_id uuid, p_job_ids uuid[])
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_images integer;
  v_videos integer;
  v_jobs integer;
  v_left bigint;
  v_projects integer;
  v_keys integer;
begin
  -- Before their jobs, which say what the bytes are counted to.
  delete from public.images where job_id = any (p_job_ids);
  get diagnostics v_images = row_count;
  delete from public.videos where job_id = any (p_job_ids);
  get diagnostics v_videos = row_count;
  delete from public.jobs where id = any (p_job_ids);
  get diagnostics v_jobs = row_count;
  select count(*) into v_left from public.jobs where user_id = p_user_id;
  delete from public.projects where user_id = p_user_id and v_left = 0;
  get diagnostics v_projects = row_count;
  delete from private.event_tickets where user_id = p_user_id;
  delete from private.api_keys where user_id = p_user_id;
  get diagnostics v_keys = row_count;
  delete from private.webhook_secrets where user_id = p_user_id;
  delete from private.webhook_disabled where user_id = p_user_id;
  delete from private.prompt_enhancements where user_id = p_user_id;
  delete from private.deleted_assets where user_id = p_user_id;
  update public.profiles set display_name = null where id = p_user_id and display_name is not null;
  return jsonb_build_object(
    'jobs', v_jobs, 'assets', v_images + v_videos, 'projects', v_projects, 'api_keys', v_keys, 'jobs_left', v_left
  );
end
$function$

CREATE OR REPLACE FUNCTION private.delivered(p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_strip_nulls(jsonb_build_object(
    'primary_asset', to_jsonb(asset.urls[1]),
    'all_assets', to_jsonb(asset.urls),
    'partial', case when cardinality(asset.urls) < p_job.num_assets then true end
  ))
  from (
    select array_agg(either.url order by either.index) as urls
    from (
      select image_index as index, image_url as url from public.images
      where job_id = p_job.id and status = 'completed'
      union all
      select 0, video_url from public.videos where job_id = p_job.id and status = 'completed'
    ) as either
  ) as asset
$function$

CREATE OR REPLACE FUNCTION private.due_deletions(p_limit integer, p_buckets integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_try_again constant interval := interval '5 minutes';
  c_most_tries constant integer := 12;
  v_objects jsonb;
begin
  with due as (
    select bucket, key, due_at from private.object_deletions
    where due_at <= now() and p_buckets > 0 order by due_at limit p_limit
    for update skip locked
  ), taken as (
    update private.object_deletions as deletion
    set tries = deletion.tries + 1, due_at = now() + c_try_again * least(deletion.tries + 1, c_most_tries)
    from due
    where deletion.bucket = due.bucket and deletion.key = due.key
      and due.bucket in (select bucket from due group by bucket order by min(due_at), bucket limit p_buckets)
    returning deletion.bucket, deletion.key
  )
  select jsonb_agg(jsonb_build_object('bucket', taken.bucket, 'key', taken.key)) into v_objects from taken;
  return coalesce(v_objects, '[]');
end
$function$

CREATE OR REPLACE FUNCTION private.due_webhooks(p_limit integer, p_job_id uuid)
 RETURNS uuid[]
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  -- Bounds what a look costs, with however many users.
  c_users constant integer := 200;
  v_users uuid[];
begin
  v_users := private.users_with_webhooks(p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users);
  -- More users than one look takes in: each looks from somewhere else.
  if cardinality(v_users) = c_users then
    v_users := private.users_with_webhooks(p_from => gen_random_uuid(), p_limit => c_users);
  end if;
  return array(
    select ranked.id
    from (
      select
        due.id, due.next_attempt_at, due.job_id is not distinct from p_job_id as is_asked_for,
        row_number() over (partition by due.user_id order by due.next_attempt_at, due.id) as turn
      from (
        select id, user_id, job_id, next_attempt_at from public.webhook_deliveries
        where job_id = p_job_id and status = 'pending' and next_attempt_at <= now()
        union
        (
          select id, user_id, job_id, next_attempt_at from public.webhook_deliveries
          where status = 'pending' and next_attempt_at <= now()
          order by next_attempt_at limit p_limit
        )
        union
        select own.*
        from unnest(v_users) as owner (user_id)
        cross join lateral (
          select first.id, first.user_id, first.job_id, first.next_attempt_at
          from public.webhook_deliveries as first
          where first.user_id = owner.user_id and first.status = 'pending' and first.next_attempt_at <= now()
          order by first.next_attempt_at
          limit p_limit
        ) as own
      ) as due
    ) as ranked
    order by ranked.is_asked_for desc, ranked.turn, ranked.next_attempt_at, ranked.id
    limit p_limit
  );
end
$function$

CREATE OR REPLACE FUNCTION public.edge_health()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return jsonb_build_object(
    'schema_version', private.schema_version(),
    'sweep_seconds', (
      select private.seconds_since(state.last_pass_at) from private.sweep_state as state
    )
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.end_canceled(p_job jobs)
 RETURNS jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_bill record;
  v_charged bigint;
begin
  select * into v_bill from private.bill_of(p_job);
  v_charged := v_bill.cancel_cost - p_job.charged;
  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(p_job, private.with_open_assets(
    p_job => p_job, p_assets => '[]', p_status => 'canceled'
  )) as asset;
  update public.jobs
  set status = 'canceled',
      completed_at = now(),
      charged = charged + v_charged,
      released = released + v_bill.held - v_charged
  where id = p_job.id
  returning * into v_job;
  perform private.settle_credits(p_job => v_job, p_charged => v_charged, p_released => v_bill.held - v_charged);
  perform private.add_settlement_events(
    p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
  );
  perform private.finish_jobs(array[p_job.id]);
  return v_job;
end
$function$

CREATE OR REPLACE FUNCTION private.end_late(p_late private.late_job[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_ended uuid[];
  v_job public.jobs;
begin
  select array_agg(late.job_id) into v_ended from unnest(p_late) as late where late.verdict <> 'requeue';
  if v_ended is null then
    return;
  end if;
  perform private.lock_accounts((select array_agg(late.user_id) from unnest(p_late) as late));
  for v_job in select * from public.jobs where id = any (v_ended) loop
    perform private.settle_credits(
      p_job => v_job, p_charged => 0, p_released => private.price_of(v_job) - v_job.charged - v_job.released
    );
  end loop;
  update public.jobs as job
  set status = case late.verdict when 'cancel' then 'canceled' when 'deliver' then 'completed' else 'failed' end,
      progress = case late.verdict when 'deliver' then 100 else job.progress end,
      metadata = case late.verdict when 'deliver' then job.metadata || private.delivered(job) else job.metadata end,
      error_code = case late.verdict when 'fail' then late.error_code end,
      error_message = case when late.verdict = 'fail' then
        case late.error_code
          when 'queue_timeout' then 'No worker was free for this job in time. Its credits were given back.'
          else 'The job was given up because its workers did not finish it. Its credits were given back.'
        end
      end,
      released = private.price_of(job) - job.charged,
      completed_at = now()
  from unnest(p_late) as late
  where job.id = late.job_id and late.verdict <> 'requeue';
  update public.images as image
  set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
  from public.jobs as job
  where job.id = image.job_id and job.id = any (v_ended) and image.status in ('queued', 'processing');
  update public.videos as video
  set status = case job.status when 'canceled' then 'canceled' else 'failed' end, completed_at = now()
  from public.jobs as job
  where job.id = video.job_id and job.id = any (v_ended) and video.status in ('queued', 'processing');
  perform private.finish_jobs(v_ended);
end
$function$

CREATE OR REPLACE FUNCTION public.enhancement_statistics(p_days integer)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return (
    select coalesce(jsonb_agg(to_jsonb(summary) order by summary.count desc, summary.method, summary.template), '[]')
    from (
      select method, template,
        count(*) as count,
        count(*) filter (where fallback_used) as fallbacks,
        count(*) filter (where cached) as cached,
        count(distinct user_id) as users,
        percentile_disc(0.5) within group (order by processing_ms) as median_ms,
        percentile_disc(0.95) within group (order by processing_ms) as p95_ms,
        round(avg(quality_score)::numeric, 3)::double precision as quality_score,
        round(avg(original_tokens))::integer as original_tokens,
        round(avg(enhanced_tokens))::integer as enhanced_tokens,
        round(avg(compressed_tokens))::integer as compressed_tokens
      from private.prompt_enhancements
      where created_at > now() - p_days * interval '1 day'
      group by method, template
    ) as summary
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.enqueue_job(p_user_id uuid, p_job_id uuid, p_job_type text, p_prompt text, p_num_assets smallint, p_price_each integer, p_metadata jsonb, p_payload jsonb, p_fingerprint text, p_starting_credits bigint, p_max_active integer, p_max_per_minute integer, p_max_queued integer, p_project_id uuid DEFAULT NULL::uuid, p_image_id uuid DEFAULT NULL::uuid, p_video_id uuid DEFAULT NULL::uuid, p_retry_of uuid DEFAULT NULL::uuid, p_priority smallint DEFAULT (0)::smallint, p_idempotency_key text DEFAULT NULL::text, p_webhook_url text DEFAULT NULL::text, p_webhook_events text[] DEFAULT '{}'::text[], p_api_key_id uuid DEFAULT NULL::uuid, p_seen jsonb DEFAULT NULL::jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_minute timestamptz;
  v_account private.accounts;
  v_job public.jobs;
  v_queue_length bigint;
begin
  perform private.require_edge();

  -- A known key answers before any limit: the first request has passed them already.
  if p_idempotency_key is not null then
    v_job := private.job_of_key(p_user_id => p_user_id, p_key => p_idempotency_key, p_fingerprint => p_fingerprint);
    if v_job.id is null then
      perform private.lock_key(p_user_id, p_idempotency_key);
      v_job := private.job_of_key(p_user_id => p_user_id, p_key => p_idempotency_key, p_fingerprint => p_fingerprint);
    end if;
    if v_job.id is not null then
      return private.enqueued(p_job => v_job, p_replayed => true, p_max_per_minute => p_max_per_minute);
    end if;
  end if;

  v_account := private.open_account(p_user_id, p_starting_credits);
  -- The edge asks again with the same id when the answer to a commit was lost.
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id;
  if found then
    return private.enqueued(p_job => v_job, p_replayed => false, p_max_per_minute => p_max_per_minute);
  end if;

  v_minute := date_trunc('minute', clock_timestamp());
  perform private.check_ownership(
    p_user_id => p_user_id, p_project_id => p_project_id, p_image_id => p_image_id, p_video_id => p_video_id,
    p_retry_of => p_retry_of
  );
  v_queue_length := private.queue_length(private.queue_of(p_job_type));
  perform private.check_limits(
    p_account => v_account, p_queue_length => v_queue_length,
    p_minute => v_minute, p_max_active => p_max_active, p_max_per_minute => p_max_per_minute,
    p_max_queued => p_max_queued
  );
  -- Most orders have none.
  if p_payload #> '{config,references}' is not null then
    perform private.take_references(
      p_user_id => p_user_id, p_references => p_payload #> '{config,references}', p_seen => p_seen
    );
  end if;

  insert into public.jobs (
    id, user_id, project_id, image_id, video_id, retry_of, job_type, prompt, metadata, num_assets, price_each,
    priority, idempotency_key, fingerprint, webhook_url, webhook_events, api_key_id
  ) values (
    p_job_id, p_user_id, p_project_id, p_image_id, p_video_id, p_retry_of, p_job_type, p_prompt,
    coalesce(p_metadata, '{}'), p_num_assets, p_price_each, coalesce(p_priority, 0::smallint), p_idempotency_key,
    p_fingerprint, p_webhook_url, coalesce(p_webhook_events, '{}'), p_api_key_id
  ) returning * into v_job;

  if p_api_key_id is not null then
    perform private.charge_api_key(v_job);
  end if;
  perform private.hold_price(v_job, v_account.available);
  update private.accounts
  set available = available - private.price_of(v_job),
      held = held + private.price_of(v_job),
      total_jobs = total_jobs + 1,
      window_jobs = case when window_start = v_minute then window_jobs else 0 end + 1,
      window_start = v_minute,
      event_seq = event_seq + 1
  where user_id = p_user_id
  returning * into v_account;

  perform private.insert_assets(v_job);
  insert into private.job_payloads (job_id, payload) values (v_job.id, private.stored_payload(p_payload));
  -- What `add_events` does, for the one event that is a job's first: the account is locked and written anyway.
  insert into public.job_events (user_id, position, job_id, seq, kind, data)
  values (
    p_user_id, v_account.event_seq, v_job.id, 1, 'queued',
    jsonb_build_object('status', 'queued', 'attempt', v_job.attempt)
  );
  perform private.put_in_outbox(v_job, true);
  return private.enqueued(
    p_job => v_job, p_replayed => false, p_max_per_minute => p_max_per_minute, p_queue_length => v_queue_length + 1
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.enqueued(p_job jobs, p_replayed boolean, p_max_per_minute integer, p_queue_length bigint DEFAULT NULL::bigint)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_minute timestamptz := date_trunc('minute', clock_timestamp());
  v_used integer;
  v_queue private.queue_outlook;
  v_outlook record;
begin
  select case when account.window_start = v_minute then account.window_jobs else 0 end into v_used
  from private.accounts as account where account.user_id = p_job.user_id;
  if p_job.status in ('queued', 'processing') then
    v_queue := private.outlook_of(p_job.queue, p_queue_length);
  end if;
  select * into v_outlook from private.outlook(p_job, v_queue);
  return jsonb_build_object(
    'replayed', p_replayed,
    'job', private.job_row(p_job),
    'images', coalesce((
      select jsonb_agg(
        jsonb_build_object('id', image.id, 'image_index', image.image_index) order by image.image_index
      )
      from public.images as image where image.job_id = p_job.id
    ), '[]'),
    'video', (
      select jsonb_build_object('id', video.id, 'image_index', 0)
      from public.videos as video where video.job_id = p_job.id
    ),
    'queue_length', case p_job.status when 'queued' then v_queue.jobs end,
    'position', v_outlook.place,
    'eta_seconds', v_outlook.eta_seconds,
    'remaining', greatest(p_max_per_minute - v_used, 0),
    'reset_seconds', ceil(extract(epoch from v_minute + interval '1 minute' - clock_timestamp()))
  );
end
$function$

CREATE OR REPLACE FUNCTION private.epoch_ms(p_at timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select (pg_catalog.date_part('epoch', p_at) * 1000)::bigint
$function$

CREATE OR REPLACE FUNCTION private.events_after(p_user_id uuid, p_after bigint, p_limit integer, p_job_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_after bigint := p_after;
  v_events jsonb;
begin
  -- Without a position it is the newest event alone.
  if v_after is null and p_job_id is null then
    select max(position) - 1 into v_after from public.job_events where user_id = p_user_id;
  elsif v_after is null then
    select max(seq) - 1 into v_after from public.job_events where job_id = p_job_id and user_id = p_user_id;
  end if;

  if p_job_id is null then
    select jsonb_agg(event.view order by event.position) into v_events
    from (
      select position, jsonb_build_object(
        'cursor', position, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where user_id = p_user_id and position > v_after
      order by position limit private.page_size(p_limit)
    ) as event;
  else
    select jsonb_agg(event.view order by event.seq) into v_events
    from (
      select seq, jsonb_build_object(
        'cursor', seq, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where job_id = p_job_id and user_id = p_user_id and seq > v_after
      order by seq limit private.page_size(p_limit)
    ) as event;
  end if;
  return coalesce(v_events, '[]');
end
$function$

CREATE OR REPLACE FUNCTION public.events_of_ticket(p_digest text, p_stream_id uuid, p_after bigint, p_limit integer, p_job_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_ticket private.event_tickets;
begin
  perform private.require_edge();
  select * into v_ticket from private.event_tickets
  where digest = p_digest and stream_id = p_stream_id and ends_at > now();
  if not found then
    update private.event_tickets set stream_id = p_stream_id
    where digest = p_digest and stream_id is null and expires_at > now() and ends_at > now()
    returning * into v_ticket;
    if not found then
      perform private.refuse(p_status => 401, p_code => 'unauthorized', p_details => '{"reason": "ticket_invalid"}');
    end if;
    if p_job_id is not null
      and not exists (select from public.jobs where id = p_job_id and user_id = v_ticket.user_id) then
      perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
    end if;
  end if;
  return jsonb_build_object(
    'user_id', v_ticket.user_id,
    'ends_at_s', extract(epoch from v_ticket.ends_at)::bigint,
    'events', private.events_after(
      p_user_id => v_ticket.user_id, p_after => p_after, p_limit => p_limit, p_job_id => p_job_id
    )
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.exact_positions()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 100
$function$

CREATE OR REPLACE FUNCTION private.expected_reference(p_bucket text, p_key text, p_type text, p_upload private.reference_uploads, p_seen jsonb)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return case
    when p_upload.expires_at <= now() or p_upload.key is null and exists (
      select from private.object_deletions as doomed where doomed.bucket = p_bucket and doomed.key = p_key
    ) then 'an upload that has not expired'
    when p_upload.type <> p_type then 'the type that it was uploaded for'
    when p_upload.key is null and p_type = 'character' and p_bucket = 'reference_images'
      then 'an upload that was made as a character, with consent'
    when p_upload.bytes <> (p_seen ->> 'bytes')::bigint then 'the file that its link was made for'
  end;
end
$function$

CREATE OR REPLACE FUNCTION private.extend_expired_leases(p_lease_seconds integer)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_spared integer;
begin
  update private.leases set until = now() + private.seconds(p_lease_seconds)
  where until < now() + private.seconds(p_lease_seconds);
  get diagnostics v_spared = row_count;
  return v_spared;
end
$function$

CREATE OR REPLACE FUNCTION private.extend_lease(p_job jobs, p_attempt integer, p_lease_id uuid, p_worker_id text, p_progress smallint, p_lease_seconds bigint, p_step_preview boolean)
 RETURNS private.leases
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  -- Browsers draw no more than that, and each event is a row that is kept for a month.
  c_tell_every constant interval := interval '2 seconds';
  v_before private.leases;
  v_lease private.leases;
begin
  select * into v_before from private.leases where job_id = p_job.id for no key update;
  if private.gate(
    p_action => 'keep', p_job => p_job, p_lease => v_before,
    p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id
  ) <> 'open' then
    return null;
  end if;
  update private.leases
  set until = greatest(until, clock_timestamp() + private.seconds(p_lease_seconds)),
      progress = greatest(progress, p_progress),
      told_at = case
        when (p_progress > progress or p_step_preview) and told_at < clock_timestamp() - c_tell_every
          then clock_timestamp()
        else told_at
      end
  where job_id = p_job.id
  returning * into v_lease;
  update private.workers set last_seen_at = now()
  where worker_id = coalesce(p_worker_id, private.unnamed_worker(p_job.queue));
  if v_lease.told_at > v_before.told_at then
    perform private.add_events(
      p_user_id => p_job.user_id, p_job_id => p_job.id, p_kinds => array['progress'],
      p_data => array[jsonb_build_object(
        'status', 'processing', 'attempt', p_job.attempt, 'progress', v_lease.progress
      ) || case when p_step_preview then '{"step_preview": true}' else '{}' end::jsonb]
    );
  end if;
  return v_lease;
end
$function$

CREATE OR REPLACE FUNCTION private.finish_jobs(p_job_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  -- Deliveries that wait for a user's servers: a day of jobs one after the other, with all of their tries under way.
  c_most_pending constant integer := 1000;
begin
  delete from private.outbox where job_id = any (p_job_ids);
  delete from private.job_payloads where job_id = any (p_job_ids);
  perform private.schedule_deletions(job, private.claim_number(job) + 1)
  from public.jobs as job where job.id = any (p_job_ids);
  -- Whoever orders and calls off without end is not told of it without end: what is too much is written down as failed,
  -- and its owner may send it anew.
  insert into public.webhook_deliveries (user_id, job_id, event, url, status, last_error)
  select job.user_id, job.id, job.status, job.webhook_url,
    case when crowd.is_reached then 'failed' else 'pending' end, case when crowd.is_reached then 'too_many' end
  from public.jobs as job
  cross join lateral (
    select count(*) >= c_most_pending as is_reached
    from (
      select from public.webhook_deliveries
      where user_id = job.user_id and status = 'pending' limit c_most_pending
    ) as pending
  ) as crowd
  where job.id = any (p_job_ids)
    and job.webhook_url is not null
    and (job.webhook_events = '{}' or job.status = any (job.webhook_events));
  perform private.credit_api_keys(p_job_ids);
end
$function$

CREATE OR REPLACE FUNCTION private.forget_messages()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_remembered constant interval := interval '11 minutes';
begin
  delete from private.messages where seen_at < now() - c_remembered;
end
$function$

CREATE OR REPLACE FUNCTION private.format_of(p_job_type text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
begin
  return case p_job_type
    when 'sdxl_image_fast' then 'image'
    when 'sdxl_image_high' then 'image'
    when 'image_fast' then 'image'
    when 'image_high' then 'image'
    when 'video_fast' then 'video'
    when 'video_high' then 'video'
    when 'image7b_fast_enhanced' then 'image'
    when 'image7b_high_enhanced' then 'image'
    when 'video7b_fast_enhanced' then 'video'
    when 'video7b_high_enhanced' then 'video'
  end;
end
$function$

CREATE OR REPLACE FUNCTION private.fresh_webhook_secret()
 RETURNS text
 LANGUAGE sql
AS $function$
  select 'whsec_' || encode(
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'
  )
$function$

CREATE OR REPLACE FUNCTION private.gate(p_action text, p_job jobs, p_lease private.leases, p_attempt integer, p_lease_id uuid, p_worker_id text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_attempt integer := coalesce(p_attempt, p_job.attempt);
  v_open boolean;
begin
  if p_job.completed_at is not null then
    return 'terminal';
  end if;
  v_open := case
    when p_action = 'start' then
      p_job.status = 'queued' and p_lease_id is null and v_attempt = p_job.attempt
      and private.may_start(p_worker_id, p_job.queue)
    when v_attempt = p_job.attempt and p_lease.attempt = p_job.attempt then
      p_worker_id is not distinct from p_lease.worker_id
      and case when p_lease_id is null then p_lease.worker_id is null else p_lease_id = p_lease.lease_id end
    -- Nobody has it. A result is taken from anyone, a failure from those who never claim, and nothing can be kept.
    when v_attempt = p_job.attempt then
      p_action = 'deliver' or p_action = 'end' and p_lease_id is null and p_worker_id is null
    -- The worker was given up, finished all the same, and nobody has started again.
    else
      p_action = 'deliver' and v_attempt + 1 = p_job.attempt and p_job.status = 'queued' and p_lease.attempt is null
  end;
  return case when v_open then 'open' else 'stale' end;
end
$function$

CREATE OR REPLACE FUNCTION private.guard_asset()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'queued' then
      raise exception 'an asset begins queued' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.status <> old.status and not private.transition_allowed(old.status, new.status) then
    raise exception 'an asset cannot go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  new.updated_at := now();
  return new;
end
$function$

CREATE OR REPLACE FUNCTION private.guard_job()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'queued' or new.attempt <> 1 or new.version <> 1 then
      raise exception 'a job begins queued, at attempt 1 and version 1' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.status <> old.status and not private.transition_allowed(old.status, new.status) then
    raise exception 'a job cannot go from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  if old.completed_at is not null and new.completed_at is distinct from old.completed_at then
    raise exception 'a job ends once' using errcode = 'check_violation';
  end if;
  if new.attempt <> old.attempt
    -- From queued too: a worker that never said that it began may ask for another attempt.
    and not (new.attempt = old.attempt + 1 and new.status = 'queued') then
    raise exception 'only requeueing starts another attempt' using errcode = 'check_violation';
  end if;
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end
$function$

CREATE OR REPLACE FUNCTION private.has_words(p_job_id uuid, p_title text, p_words text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
  select not exists (
    select from unnest(p_words) as word
    where strpos(lower(concat_ws(' ', p_title, job.prompt)), word) = 0
  )
  from public.jobs as job where job.id = p_job_id
$function$

CREATE OR REPLACE FUNCTION private.heads(p_queue text, p_is_short boolean)
 RETURNS TABLE(id uuid, created_at timestamp with time zone, turn bigint, milliseconds bigint)
 LANGUAGE plpgsql
 ROWS 160
 SET search_path TO ''
AS $function$
#variable_conflict use_column
declare
  -- Bounds what a claim costs, with however many waiting.
  c_users constant integer := 40;
  c_jobs constant integer := 160;
  c_oldest constant integer := 8;
  -- No more of one user's wait at once.
  c_own constant integer := 50;
  v_users uuid[];
  v_longest uuid[];
begin
  if p_is_short then
    return query
    select waiting.id, waiting.created_at, private.turn(
      p_place => row_number() over (
        partition by waiting.user_id
        order by waiting.expedited desc, waiting.priority desc, expected.milliseconds, waiting.created_at, waiting.id
      ),
      p_running => (
        select count(*) from public.jobs as running
        where running.queue = p_queue and running.user_id = waiting.user_id and running.status = 'processing'
      ),
      p_since => private.waits_since(waiting.created_at, waiting.expedited)
    ), expected.milliseconds
    from (
      select * from public.jobs as job
      where job.queue = p_queue and job.status = 'queued'
      order by job.created_at, job.id limit private.exact_positions() + 1
    ) as waiting
    join private.expected_times as expected
      on expected.job_type = waiting.job_type and expected.num_assets = waiting.num_assets;
    return;
  end if;

  v_users := private.waiting_users(
    p_queue => p_queue, p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users
  );
  -- More users than one look takes in: each claim looks from somewhere else.
  if cardinality(v_users) = c_users then
    v_users := private.waiting_users(p_queue => p_queue, p_from => gen_random_uuid(), p_limit => c_users);
  end if;
  v_longest := array(
    (
      select waiting.user_id
      from public.jobs as waiting
      where waiting.queue = p_queue and waiting.status = 'queued'
      order by waiting.created_at, waiting.id
      limit c_oldest
    )
    union all
    (
      select urgent.user_id
      from public.jobs as urgent
      where urgent.queue = p_queue and urgent.status = 'queued' and urgent.expedited
      order by urgent.created_at, urgent.id
      limit c_oldest
    )
  );
  return query
  select own.id, own.created_at, private.turn(
    p_place => own.nth, p_running => busy.jobs, p_since => private.waits_since(own.created_at, own.expedited)
  ), own.milliseconds
  from (select distinct unnest(v_users || v_longest)) as owner (user_id)
  cross join lateral (
    select count(*) as jobs from public.jobs as running
    where running.queue = p_queue and running.user_id = owner.user_id and running.status = 'processing'
  ) as busy
  cross join lateral (
    select first.id, first.created_at, first.expedited, expected.milliseconds, row_number() over (
      order by first.expedited desc, first.priority desc, expected.milliseconds, first.created_at, first.id
    ) as nth
    from (
      select waiting.id, waiting.job_type, waiting.num_assets, waiting.expedited, waiting.priority, waiting.created_at
      from public.jobs as waiting
      where waiting.queue = p_queue and waiting.user_id = owner.user_id and waiting.status = 'queued'
      order by waiting.expedited desc, waiting.priority desc, waiting.created_at, waiting.id
      limit case
        when owner.user_id = any (v_longest) then c_own
        else c_jobs / greatest(cardinality(v_users), 1)
      end
    ) as first
    join private.expected_times as expected
      on expected.job_type = first.job_type and expected.num_assets = first.num_assets
  ) as own;
end
$function$

CREATE OR REPLACE FUNCTION public.heartbeat_job(p_job_id uuid, p_new_lease_id uuid, p_lease_seconds integer, p_legacy_lease_seconds integer, p_attempt integer DEFAULT NULL::integer, p_lease_id uuid DEFAULT NULL::uuid, p_worker_id text DEFAULT NULL::text, p_progress smallint DEFAULT NULL::smallint, p_uptime_seconds bigint DEFAULT NULL::bigint, p_gpu_used_bytes bigint DEFAULT NULL::bigint, p_gpu_total_bytes bigint DEFAULT NULL::bigint, p_message_id text DEFAULT NULL::text, p_step_preview boolean DEFAULT false)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_seconds bigint := p_lease_seconds;
  v_outcome text;
  v_job public.jobs;
  v_lease private.leases;
  v_repeated boolean;
begin
  perform private.require_edge();
  perform private.refuse_revoked(p_worker_id);
  v_repeated := private.is_repeated(p_message_id);
  select * into v_job from public.jobs where id = p_job_id;
  if p_worker_id is null then
    v_seconds := private.legacy_lease_seconds(v_job, p_legacy_lease_seconds);
  end if;

  if v_job.status = 'queued' and not v_repeated and private.gate(
    p_action => 'start', p_job => v_job, p_lease => null,
    p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id
  ) = 'open' then
    -- A claim. The row may have changed since it was read, so it is read again under its lock.
    select * into v_job from public.jobs where id = p_job_id for no key update;
    if private.gate(
      p_action => 'start', p_job => v_job, p_lease => null,
      p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id
    ) = 'open' then
      perform private.record_contact(coalesce(p_worker_id, private.unnamed_worker(v_job.queue)), v_job.queue);
      v_lease := private.start_attempt(
        p_job => v_job, p_lease_id => p_new_lease_id, p_worker_id => p_worker_id, p_lease_seconds => v_seconds
      );
      if p_progress > 0 then
        update private.leases set progress = p_progress where job_id = p_job_id returning * into v_lease;
      end if;
      select * into v_job from public.jobs where id = p_job_id;
    end if;
  end if;

  if v_lease.lease_id is null and v_job.status = 'processing' then
    v_lease := private.extend_lease(
      p_job => v_job, p_attempt => p_attempt, p_lease_id => p_lease_id, p_worker_id => p_worker_id,
      p_progress => p_progress, p_lease_seconds => case when v_repeated then 0 else v_seconds end,
      p_step_preview => p_step_preview
    );
  end if;
  v_outcome := case
    when v_lease.lease_id is not null then 'ok'
    when v_job.id is null then 'not_found'
    when v_job.completed_at is not null then 'terminal'
    else 'stale'
  end;
  perform private.note_vitals(
    p_worker_id => p_worker_id, p_uptime_seconds => p_uptime_seconds,
    p_gpu_used_bytes => p_gpu_used_bytes, p_gpu_total_bytes => p_gpu_total_bytes
  );
  perform private.note_callback(case v_outcome when 'ok' then 'heartbeat' else v_outcome end);
  return private.heartbeat_reply(p_outcome => v_outcome, p_job => v_job, p_lease => v_lease);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.heartbeat_reply(p_outcome text, p_job jobs, p_lease private.leases)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'outcome', p_outcome,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'num_assets', p_job.num_assets,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'claim', private.claim_number(p_job),
    'lease_id', p_lease.lease_id,
    'lease_until_ms', private.epoch_ms(p_lease.until),
    'cancel_requested', coalesce(p_job.cancel_requested, false)
  )
$function$

CREATE OR REPLACE FUNCTION private.hints_to_push(p_queue text, p_length bigint, p_limit integer, p_lists_lost_at timestamp with time zone)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  c_first_repeat constant interval := interval '30 seconds';
  c_most_doublings constant integer := 5;
  c_slow constant integer := 3;
  v_settings private.queue_settings;
  v_due uuid[];
  v_missing bigint;
begin
  select * into v_settings from private.queue_settings where queue = p_queue;
  -- A list that cannot be read cannot be written either; a paused queue would only hand out refusals.
  if p_length is null or v_settings.paused then
    return;
  end if;

  select array_agg(due.job_id) into v_due
  from (
    select hint.job_id from (
      select never.* from private.outbox as never
      where never.queue = p_queue and never.pushed_at is null
      union all
      select lost.* from private.outbox as lost
      where lost.queue = p_queue and lost.pushed_at < p_lists_lost_at
    ) as hint
    join private.expected_times as expected using (job_type, num_assets)
    where hint.pushed_at is null or not v_settings.legacy
      or hint.pushed_at < now() - private.milliseconds(c_slow * expected.milliseconds)
    order by hint.pushed_at nulls first, hint.written_at
    limit p_limit
  ) as due;
  return query select unnest(v_due);

  v_missing := private.queue_length(p_queue) - p_length - coalesce(cardinality(v_due), 0);
  if v_missing <= 0 then
    return;
  end if;
  return query
  select hint.job_id
  from private.outbox as hint
  join private.expected_times as expected using (job_type, num_assets)
  where hint.queue = p_queue
    and hint.pushed_at >= p_lists_lost_at
    and hint.pushed_at < now() - c_first_repeat
    and hint.pushed_at < now() - case
      when v_settings.legacy then private.milliseconds(c_slow * expected.milliseconds)
      else c_first_repeat * (2 ^ least(hint.pushes, c_most_doublings))
    end
  order by hint.pushed_at
  limit greatest(least(v_missing, p_limit - coalesce(cardinality(v_due), 0)), 0);
end
$function$

CREATE OR REPLACE FUNCTION private.hold_price(p_job jobs, p_available bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_price bigint := private.price_of(p_job);
begin
  if p_available < v_price then
    perform private.refuse(
      p_status => 402, p_code => 'insufficient_credits',
      p_details => jsonb_build_object('required', v_price, 'balance', p_available)
    );
  end if;
  insert into private.credit_events (kind, user_id, job_id, amount) values ('hold', p_job.user_id, p_job.id, v_price);
end
$function$

CREATE OR REPLACE FUNCTION private.image_page(p_user_id uuid, p_saved boolean, p_project_id uuid, p_tag text, p_words text[], p_from timestamp with time zone, p_until timestamp with time zone, p_oldest boolean, p_behind timestamp with time zone, p_behind_id uuid, p_limit integer)
 RETURNS SETOF images
 LANGUAGE plpgsql
 STABLE ROWS 50
 SET search_path TO ''
AS $function$
begin
  return query execute format(
    $query$
      select image.* from %4$s
      where %5$s.user_id = $1 and image.status = 'completed' and %1$s
        and %5$s.created_at >= $5 and %5$s.created_at < $6 and (%5$s.created_at, %6$s) %2$s ($7, $8)
        and ($3 is null or image.project_id = $3)
        and ($4 is null or private.has_words(p_job_id => image.job_id, p_title => image.title, p_words => $4))
      order by %5$s.created_at %3$s, %6$s %3$s limit $9
    $query$,
    case when p_saved is null then 'true' else 'image.saved = $2' end,
    case when p_oldest then '>' else '<' end,
    case when p_oldest then 'asc' else 'desc' end,
    case
      when p_tag is null then 'public.images as image'
      else 'private.image_tags as tagged join public.images as image on image.id = tagged.image_id and tagged.tag = $10'
    end,
    case when p_tag is null then 'image' else 'tagged' end,
    case when p_tag is null then 'image.id' else 'tagged.image_id' end
  ) using
    p_user_id, p_saved, p_project_id, p_words, p_from, p_until, p_behind, p_behind_id, p_limit, p_tag;
end
$function$

CREATE OR REPLACE FUNCTION private.image_view(p_image images, p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_image.id,
    'job_id', p_image.job_id,
    'kind', 'image',
    'job_type', p_job.job_type,
    'image_index', p_image.image_index,
    'status', private.asset_status(p_image.status, p_job.status),
    'title', p_image.title,
    -- What is not finished has none, and need not be looked up.
    'tags', case when p_image.status = 'completed' then private.tags_of_image(p_image.id) else '[]' end,
    'url', p_image.image_url,
    'thumbnail_url', p_image.thumbnail_url,
    'saved', p_image.saved,
    'preferred', p_image.preferred,
    'metadata', private.asset_metadata(
      p_metadata => p_image.metadata, p_status => p_image.status, p_job => p_job
    ),
    'created_at', private.rfc3339(p_image.created_at)
  )
$function$

CREATE OR REPLACE FUNCTION private.inherit_webhook()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  select webhook_url, webhook_events into new.webhook_url, new.webhook_events
  from public.jobs where id = new.retry_of and webhook_url is not null;
  new.webhook_events := coalesce(new.webhook_events, '{}');
  return new;
end
$function$

CREATE OR REPLACE FUNCTION private.insert_assets(p_job jobs)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if p_job.format = 'video' then
    insert into public.videos (job_id, user_id, project_id, quality)
    values (p_job.id, p_job.user_id, p_job.project_id, p_job.quality);
  else
    insert into public.images (job_id, user_id, project_id, image_index, quality)
    select p_job.id, p_job.user_id, p_job.project_id, place, p_job.quality
    from generate_series(0, p_job.num_assets - 1) as place;
  end if;
end
$function$

CREATE OR REPLACE FUNCTION private.is_live(p_last_seen_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  -- Workers without a job wait a minute on their list before they show up again; two minutes is one missed.
  select p_last_seen_at > now() - interval '2 minutes'
$function$

CREATE OR REPLACE FUNCTION private.is_repeated(p_message_id text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if p_message_id is null then
    return false;
  end if;
  insert into private.messages (digest) values (sha256(convert_to(p_message_id, 'UTF8'))) on conflict do nothing;
  return not found;
end
$function$

CREATE OR REPLACE FUNCTION public.issue_event_ticket(p_user_id uuid, p_digest text, p_seconds integer, p_ends_at_s bigint, p_most integer, p_api_key_id uuid DEFAULT NULL::uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  c_tidied constant integer := 100;
  v_old text[];
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- Each new one clears old ones away, of whomever: those that were never used, and those whose stream has ended.
  v_old := array(
    select digest from private.event_tickets
    where stream_id is null and expires_at < now() order by expires_at limit c_tidied
    for update skip locked
  ) || array(
    select digest from private.event_tickets
    where ends_at < now() order by ends_at limit c_tidied
    for update skip locked
  );
  delete from private.event_tickets where digest = any (v_old);
  if (
    select count(*) from (
      select from private.event_tickets
      where user_id = p_user_id and stream_id is null and expires_at > now()
      limit p_most
    ) as unused
  ) >= p_most then
    perform private.refuse(
      p_status => 429, p_code => 'rate_limited',
      p_details => jsonb_build_object('limit', p_most, 'retryAfterSeconds', p_seconds)
    );
  end if;
  insert into private.event_tickets (digest, user_id, expires_at, ends_at, api_key_id)
  values (p_digest, p_user_id, now() + private.seconds(p_seconds), to_timestamp(p_ends_at_s), p_api_key_id);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.job_for_settlement(p_job_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_job public.jobs;
  v_lease private.leases;
begin
  perform private.require_edge();
  select * into v_job from public.jobs where id = p_job_id;
  if not found then
    return null;
  end if;
  select * into v_lease from private.leases where job_id = p_job_id;
  -- Heartbeats tell their progress to the lease alone.
  v_job.progress := greatest(v_job.progress, v_lease.progress);
  return private.settlement_of(v_job, v_lease) || jsonb_build_object(
    'settled', coalesce((
      select jsonb_agg(
        jsonb_build_object('attempt', settled.attempt, 'digest', settled.digest, 'reply', settled.reply)
        order by settled.created_at
      )
      from private.settlements as settled where settled.job_id = p_job_id
    ), '[]')
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.job_metrics()
 RETURNS SETOF jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION private.job_of_key(p_user_id uuid, p_key text, p_fingerprint text)
 RETURNS jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs where user_id = p_user_id and idempotency_key = p_key;
  if found and v_job.fingerprint <> p_fingerprint then
    perform private.refuse(422, 'idempotency_mismatch');
  end if;
  return v_job;
end
$function$

CREATE OR REPLACE FUNCTION private.job_row(p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'version', p_job.version,
    'progress', p_job.progress,
    'num_assets', p_job.num_assets,
    'releases', p_job.releases,
    'cancel_requested', p_job.cancel_requested,
    'metadata', private.shown_metadata(p_job),
    'created_at', private.rfc3339(p_job.created_at),
    'webhook', p_job.webhook_url is not null
  )
$function$

CREATE OR REPLACE FUNCTION private.job_sizes()
 RETURNS TABLE(job_type text, num_assets smallint, milliseconds bigint)
 LANGUAGE sql
 IMMUTABLE
AS $function$
  values
    ('sdxl_image_fast', 1, 4983),
    ('sdxl_image_fast', 3, 14950),
    ('sdxl_image_fast', 6, 29900),
    ('sdxl_image_high', 1, 7066),
    ('sdxl_image_high', 3, 21200),
    ('sdxl_image_high', 6, 42400),
    ('image_fast', 1, 73000),
    ('image_high', 1, 90000),
    ('video_fast', 1, 251500),
    ('video_high', 1, 359700),
    ('image7b_fast_enhanced', 1, 87000),
    ('image7b_high_enhanced', 1, 104000),
    ('video7b_fast_enhanced', 1, 263900),
    ('video7b_high_enhanced', 1, 370000)
$function$

CREATE OR REPLACE FUNCTION private.job_view(p_job jobs, p_queue private.queue_outlook)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_outlook record;
  v_waiting_for text;
  v_progress smallint := p_job.progress;
  v_bill record;
  v_assets jsonb;
begin
  select * into v_outlook from private.outlook(p_job, p_queue);
  if p_job.status = 'queued' then
    v_waiting_for := coalesce(
      private.queue_trouble(p_job.queue),
      case
        when not v_outlook.is_exact then
          'about ' || to_char(v_outlook.place, 'FM999,999,999') || ' jobs that go first'
        when v_outlook.place = 1 then 'the next free worker'
        when v_outlook.place = 2 then 'one job that goes first'
        else (v_outlook.place - 1) || ' jobs that go first'
      end
    );
  elsif p_job.status = 'processing' then
    select greatest(v_progress, lease.progress) into v_progress
    from private.leases as lease where lease.job_id = p_job.id;
  end if;

  select * into v_bill from private.bill_of(p_job);
  if p_job.format = 'video' then
    select jsonb_agg(private.video_view(video, p_job)) into v_assets
    from public.videos as video where video.job_id = p_job.id;
  else
    select jsonb_agg(private.image_view(image, p_job) order by image.image_index)
    into v_assets
    from public.images as image where image.job_id = p_job.id;
  end if;

  return jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'status', p_job.status,
    'job_type', p_job.job_type,
    'progress', coalesce(v_progress, p_job.progress),
    'attempt', p_job.attempt,
    'cancel_requested', p_job.cancel_requested,
    'prompt', p_job.prompt,
    'metadata', private.shown_metadata(p_job),
    'error_code', p_job.error_code,
    'error_message', p_job.error_message,
    'position', v_outlook.place,
    'eta_seconds', v_outlook.eta_seconds,
    'waiting_for', v_waiting_for,
    'num_assets', p_job.num_assets,
    'credits', jsonb_build_object('held', v_bill.held, 'charged', p_job.charged, 'released', p_job.released),
    'cancel_cost', case when p_job.completed_at is null then v_bill.cancel_cost end,
    'created_at', private.rfc3339(p_job.created_at),
    'started_at', private.rfc3339(p_job.started_at),
    'completed_at', private.rfc3339(p_job.completed_at),
    'assets', coalesce(v_assets, '[]')
  );
end
$function$

CREATE OR REPLACE FUNCTION private.keys_of_claim(p_job jobs, p_claim integer)
 RETURNS TABLE(index smallint, role text, key text)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_stem text := p_job.user_id || case when p_job.queue = 'sdxl_queue' then '/sdxl_' else '/' end
    || p_job.id || '_' || p_claim || '_';
begin
  if p_job.format = 'video' then
    return query values
      (0::smallint, 'video', v_stem || '0.mp4'),
      (0::smallint, 'poster', v_stem || '0_poster.jpg');
  else
    return query
      select place::smallint, file.role, v_stem || place || file.ending
      from generate_series(0, p_job.num_assets - 1) as place
      cross join (values
        ('image', '.' || coalesce(p_job.metadata ->> 'file_extension', 'png')),
        ('thumbnail', '_thumb.jpg')
      ) as file (role, ending);
  end if;
end
$function$

CREATE OR REPLACE FUNCTION private.late_jobs(p_limit integer, p_max_attempts integer, p_max_queued_seconds integer, p_max_running_seconds integer, p_lease_seconds integer)
 RETURNS SETOF private.late_job
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  return query
  select job.id, job.user_id, private.outcome_of_late_job(job, p_max_attempts),
    case when lease.until < now() then 'worker_lost' else 'run_timeout' end
  from private.leases as lease
  join public.jobs as job on job.id = lease.job_id
  where job.status = 'processing'
    and (lease.until < now() or lease.claimed_at < now() - private.seconds(p_max_running_seconds))
  order by lease.until
  limit p_limit
  for no key update of job, lease skip locked;

  return query
  select job.id, job.user_id, private.outcome_of_late_job(job, p_max_attempts),
    'worker_lost'
  from public.jobs as job
  where job.queue in ('sdxl_queue', 'wan_queue') and job.status = 'processing'
    and job.updated_at < now() - private.seconds(p_lease_seconds)
    and not exists (select from private.leases as lease where lease.job_id = job.id)
  limit p_limit
  for no key update of job skip locked;

  return query
  select job.id, job.user_id, 'fail', 'queue_timeout'
  from public.jobs as job
  where job.status = 'queued' and job.queued_at < now() - private.seconds(p_max_queued_seconds)
  order by job.queued_at
  limit p_limit
  for no key update of job skip locked;
end
$function$

CREATE OR REPLACE FUNCTION private.legacy_lease_seconds(p_job jobs, p_least bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  c_slow constant bigint := 3;
begin
  return (
    select greatest(p_least, c_slow * expected.milliseconds / 1000)
    from private.expected_times as expected
    where expected.job_type = p_job.job_type and expected.num_assets = p_job.num_assets
  );
end
$function$

CREATE OR REPLACE FUNCTION private.load_ahead(p_job jobs, p_queue private.queue_outlook)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_turns bigint;
begin
  -- At the end of its turn, as a newcomer is.
  select own.before + busy.jobs + 1 into v_turns
  from (
    select count(*) as before
    from public.jobs as waiting
    where waiting.queue = p_job.queue and waiting.user_id = p_job.user_id and waiting.status = 'queued'
      and ((waiting.expedited, waiting.priority) > (p_job.expedited, p_job.priority)
        or (waiting.expedited, waiting.priority) = (p_job.expedited, p_job.priority)
          and (waiting.created_at, waiting.id) < (p_job.created_at, p_job.id))
  ) as own, (
    select count(*) as jobs
    from public.jobs as running
    where running.queue = p_job.queue and running.user_id = p_job.user_id and running.status = 'processing'
  ) as busy;
  return p_queue.jobs * least(1, greatest(0, (
    extract(epoch from private.waits_since(p_job.created_at, p_job.expedited) - p_queue.oldest)
      + private.turn_seconds() * v_turns
  ) / p_queue.spread_seconds));
end
$function$

CREATE OR REPLACE FUNCTION private.lock_accounts(p_user_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  perform from private.accounts where user_id = any (p_user_ids) order by user_id for no key update;
end
$function$

CREATE OR REPLACE FUNCTION private.lock_job_of_asset(p_user_id uuid, p_asset_id uuid)
 RETURNS jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs
  where user_id = p_user_id and id = coalesce(
    (select job_id from public.images where id = p_asset_id),
    (select job_id from public.videos where id = p_asset_id)
  )
  for no key update;
  return v_job;
end
$function$

CREATE OR REPLACE FUNCTION private.lock_key(p_user_id uuid, p_key text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_before text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '2s', true);
  begin
    perform pg_advisory_xact_lock(hashtextextended(p_user_id::text || p_key, 0));
  exception when lock_not_available then
    perform private.refuse(
      p_status => 409, p_code => 'idempotency_in_progress', p_details => '{"retryAfterSeconds": 2}'
    );
  end;
  perform set_config('lock_timeout', v_before, true);
end
$function$

CREATE OR REPLACE FUNCTION public.make_reference(p_user_id uuid, p_key text, p_type text, p_consent boolean, p_bytes bigint, p_most integer, p_most_bytes bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_have bigint;
  v_bytes bigint;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- One at a time, or two at once would both pass the limit.
  perform from public.profiles where id = p_user_id for no key update;
  select count(*), coalesce(sum(bytes), 0) into v_have, v_bytes
  from private.reference_uploads where user_id = p_user_id;
  if v_have >= p_most or v_bytes + p_bytes > p_most_bytes then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict',
      p_details => jsonb_build_object('field', 'references', 'limit', p_most, 'limitBytes', p_most_bytes)
    );
  end if;
  insert into private.reference_uploads (key, user_id, type, consent, bytes)
  values (p_key, p_user_id, p_type, p_consent, p_bytes);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.may_start(p_worker_id text, p_queue text)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return not exists (select from private.queue_settings where queue = p_queue and paused)
    and not exists (
      select from private.workers
      where worker_id = coalesce(p_worker_id, private.unnamed_worker(p_queue)) and paused
    );
end
$function$

CREATE OR REPLACE FUNCTION private.measure_credits()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  insert into private.measurements (metric, label, amount) values ('credits', new.kind, new.amount);
  return null;
end
$function$

CREATE OR REPLACE FUNCTION private.measure_deleted_assets()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION private.measure_finished_assets()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION private.measure_job()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if tg_op = 'INSERT' then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_submitted', new.job_type, new.num_assets, 1);
    return null;
  end if;
  if old.status = 'queued' and (tg_op = 'DELETE' or new.status <> 'queued') then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_waiting', old.job_type, old.num_assets, -1);
  elsif new.status = 'queued' and old.status <> 'queued' then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_waiting', new.job_type, new.num_assets, 1);
  end if;
  if tg_op = 'DELETE' then
    return null;
  end if;

  if old.started_at is null and new.started_at is not null and new.status = 'processing' then
    insert into private.measurements (metric, label, amount)
    values ('job_wait', new.job_type, extract(epoch from new.started_at - new.created_at));
  end if;
  if new.attempt > old.attempt then
    insert into private.measurements (metric, label, amount) values ('attempts_repeated', new.job_type, 1);
  end if;
  if new.completed_at is not null then
    insert into private.measurements (metric, label, detail, amount) values ('jobs_ended', new.job_type, new.status, 1);
  end if;
  if new.status = 'failed' then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_failed', new.job_type, new.error_code, 1);
  end if;
  -- From the first worker's start to the end. A worker that never said when it began leaves both the same.
  if new.status = 'completed' and new.started_at < new.completed_at then
    insert into private.measurements (metric, label, amount)
    values ('job_run', new.job_type, extract(epoch from new.completed_at - new.started_at));
  end if;
  return null;
end
$function$

CREATE OR REPLACE FUNCTION private.measured()
 RETURNS TABLE(metric text, label text, detail text, bucket smallint, times bigint, amount double precision)
 LANGUAGE sql
 STABLE
AS $function$
  select metric, label, detail, bucket, sum(times)::bigint, sum(amount)
  from (
    select metric, label, detail, bucket, times, amount from private.measured_totals
    union all
    select metric, label, detail, private.bucket_of(metric, amount), 1, amount from private.measurements
  ) as either
  group by 1, 2, 3, 4
$function$

CREATE OR REPLACE FUNCTION private.median_wait_seconds(p_queue text)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  select percentile_cont(0.5) within group (order by extract(epoch from newest.waited))::integer
  from (
    select started_at - created_at as waited from public.jobs
    where queue = p_queue and started_at is not null
    order by started_at desc limit 50
  ) as newest
$function$

CREATE OR REPLACE FUNCTION private.metric(p_name text, p_value numeric, p_labels jsonb DEFAULT '{}'::jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_build_object('name', p_name, 'labels', p_labels, 'value', coalesce(p_value, 0))
$function$

CREATE OR REPLACE FUNCTION private.milliseconds(p_milliseconds bigint)
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_milliseconds * interval '1 millisecond'
$function$

CREATE OR REPLACE FUNCTION private.month_of(p_at timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select pg_catalog.date_trunc('month', p_at at time zone 'UTC')::date
$function$

CREATE OR REPLACE FUNCTION public.my_api_keys()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_signed_in();
begin
  return coalesce((
    select jsonb_agg(private.api_key_view(key) order by key.created_at desc, key.id desc)
    from private.api_keys as key where key.user_id = v_user_id
  ), '[]');
end
$function$
-- for authenticated

CREATE OR REPLACE FUNCTION public.my_assets(p_limit integer, p_kind text DEFAULT NULL::text, p_saved boolean DEFAULT NULL::boolean, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid, p_project_id uuid DEFAULT NULL::uuid, p_words text[] DEFAULT NULL::text[], p_from timestamp with time zone DEFAULT NULL::timestamp with time zone, p_until timestamp with time zone DEFAULT NULL::timestamp with time zone, p_oldest boolean DEFAULT false, p_tag text DEFAULT NULL::text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_user();
  v_from timestamptz := coalesce(p_from, '-infinity');
  v_behind timestamptz := case when p_oldest then coalesce(p_before, v_from) else private.page_start(p_before) end;
  v_behind_id uuid := case
    when p_oldest then coalesce(p_before_id, '00000000-0000-0000-0000-000000000000')
    else private.page_start_id(p_before_id)
  end;
  v_limit integer := private.page_size(p_limit);
  v_words text[] := (select array_agg(lower(word)) from unnest(p_words) as word);
  v_assets jsonb;
begin
  select jsonb_agg(page.view order by page.place) into v_assets
  from (
    select either.view, row_number() over (
      order by
        case when p_oldest then either.created_at end, case when p_oldest then either.id end,
        either.created_at desc, either.id desc
    ) as place
    from (
      select image.created_at, image.id, private.image_view(image, job) as view
      from private.image_page(
        p_user_id => v_user_id, p_saved => p_saved, p_project_id => p_project_id, p_tag => p_tag,
        p_words => v_words,
        p_from => v_from, p_until => coalesce(p_until, 'infinity'), p_oldest => p_oldest,
        p_behind => v_behind, p_behind_id => v_behind_id, p_limit => v_limit
      ) as image
      join public.jobs as job on job.id = image.job_id
      where coalesce(p_kind, 'image') = 'image'
      union all
      select video.created_at, video.id, private.video_view(video, job)
      from private.video_page(
        p_user_id => v_user_id, p_saved => p_saved, p_project_id => p_project_id, p_tag => p_tag,
        p_words => v_words,
        p_from => v_from, p_until => coalesce(p_until, 'infinity'), p_oldest => p_oldest,
        p_behind => v_behind, p_behind_id => v_behind_id, p_limit => v_limit
      ) as video
      join public.jobs as job on job.id = video.job_id
      where coalesce(p_kind, 'video') = 'video'
    ) as either
    order by place
    limit v_limit
  ) as page;
  return coalesce(v_assets, '[]');
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.my_events(p_after bigint, p_limit integer, p_job_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return private.events_after(
    p_user_id => private.require_user(), p_after => p_after, p_limit => p_limit, p_job_id => p_job_id
  );
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.my_job(p_job_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_user();
  v_job public.jobs;
begin
  select * into v_job from public.jobs where id = p_job_id and user_id = v_user_id;
  return case when v_job.id is not null then private.job_view(v_job, private.outlook_of(v_job.queue)) end;
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.my_jobs(p_limit integer, p_status text DEFAULT NULL::text, p_job_type text DEFAULT NULL::text, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_user();
  v_queues private.queue_outlook[] := array(
    select private.outlook_of(settings.queue) from private.queue_settings as settings
  );
  v_jobs jsonb;
begin
  if p_status is null then
    select jsonb_agg(
      private.job_view(job, (select each from unnest(v_queues) as each where each.queue = job.queue))
      order by job.created_at desc, job.id desc
    )
    into v_jobs
    from (
      select * from public.jobs
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and (p_job_type is null or job_type = p_job_type)
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as job;
  else
    select jsonb_agg(
      private.job_view(job, (select each from unnest(v_queues) as each where each.queue = job.queue))
      order by job.created_at desc, job.id desc
    )
    into v_jobs
    from (
      select * from public.jobs
      where user_id = v_user_id and status = p_status
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and (p_job_type is null or job_type = p_job_type)
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as job;
  end if;
  return coalesce(v_jobs, '[]');
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.my_projects(p_limit integer, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_user();
begin
  return coalesce((
    select jsonb_agg(private.project_view(project) order by project.created_at desc, project.id desc)
    from (
      select * from public.projects
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as project
  ), '[]');
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.my_tags()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_user();
begin
  return coalesce((select jsonb_agg(tag) from private.tags_of(v_user_id) as tag), '[]');
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.my_webhook_deliveries(p_limit integer, p_status text DEFAULT NULL::text, p_before timestamp with time zone DEFAULT NULL::timestamp with time zone, p_before_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.require_user();
  v_deliveries jsonb;
begin
  if p_status is null then
    select jsonb_agg(private.webhook_delivery_view(page) order by page.created_at desc, page.id desc)
    into v_deliveries
    from (
      select * from public.webhook_deliveries
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc limit private.page_size(p_limit)
    ) as page;
  else
    select jsonb_agg(private.webhook_delivery_view(page) order by page.created_at desc, page.id desc)
    into v_deliveries
    from (
      select * from public.webhook_deliveries
      where user_id = v_user_id and status = p_status
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc limit private.page_size(p_limit)
    ) as page;
  end if;
  return coalesce(v_deliveries, '[]');
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.next_job(p_queue text)
 RETURNS jobs
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_id uuid;
  v_job public.jobs;
begin
  for v_id in
    select next.id
    from private.heads(p_queue, private.queue_length(p_queue) <= private.exact_positions()) as next
    order by next.turn, next.milliseconds, next.created_at, next.id
  loop
    select * into v_job from public.jobs where id = v_id and status = 'queued' for no key update skip locked;
    exit when found;
  end loop;
  return v_job;
end
$function$

CREATE OR REPLACE FUNCTION private.next_tag(p_user_id uuid, p_behind text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
  select least(
    (select min(tag) from private.image_tags where user_id = p_user_id and tag > p_behind),
    (select min(tag) from private.video_tags where user_id = p_user_id and tag > p_behind)
  )
$function$

CREATE OR REPLACE FUNCTION private.note_callback(p_outcome text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  insert into private.measurements (metric, label, amount) values ('callbacks', p_outcome, 1);
end
$function$

CREATE OR REPLACE FUNCTION private.note_queues()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_every constant interval := interval '5 minutes';
  v_at timestamptz := date_bin(c_every, now(), 'epoch');
begin
  if exists (select from private.queue_history where queue = 'sdxl_queue' and at = v_at) then
    return;
  end if;
  insert into private.queue_history (queue, at, queued, processing, workers, oldest_seconds, median_wait_seconds)
  select settings.queue, v_at, private.queue_length(settings.queue),
    (select count(*) from public.jobs as job where job.queue = settings.queue and job.status = 'processing'),
    (
      select count(*) from private.workers as worker
      where settings.queue = any (worker.queues) and not worker.paused and private.is_live(worker.last_seen_at)
    ),
    (
      select private.seconds_since(min(job.queued_at)) from public.jobs as job
      where job.queue = settings.queue and job.status = 'queued'
    ),
    private.median_wait_seconds(settings.queue)
  from private.queue_settings as settings
  on conflict do nothing;
end
$function$

CREATE OR REPLACE FUNCTION private.note_vitals(p_worker_id text, p_uptime_seconds bigint, p_gpu_used_bytes bigint, p_gpu_total_bytes bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if p_worker_id is null or coalesce(p_uptime_seconds, p_gpu_total_bytes) is null then
    return;
  end if;
  update private.workers
  set up_since = coalesce(now() - private.seconds(p_uptime_seconds), up_since),
      gpu_used_bytes = coalesce(p_gpu_used_bytes, gpu_used_bytes),
      gpu_total_bytes = coalesce(p_gpu_total_bytes, gpu_total_bytes)
  where worker_id = p_worker_id;
end
$function$

CREATE OR REPLACE FUNCTION private.number_of_users(p_queue text)
 RETURNS double precision
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  -- Off by a quarter at most, two times out of three.
  c_users constant integer := 16;
  v_users uuid[] := private.waiting_users(
    p_queue => p_queue, p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users
  );
begin
  if cardinality(v_users) < c_users then
    return greatest(cardinality(v_users), 1);
  end if;
  return greatest(
    c_users, (c_users - 1) * 2.0 ^ 32 / greatest(('x' || left(v_users[c_users]::text, 8))::bit(32)::bigint, 1)
  );
end
$function$

CREATE OR REPLACE FUNCTION private.open_account(p_user_id uuid, p_starting_credits bigint)
 RETURNS private.accounts
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_account private.accounts;
begin
  select * into v_account from private.accounts where user_id = p_user_id for no key update;
  if not found then
    insert into public.profiles (id) values (p_user_id) on conflict do nothing;
    insert into private.accounts (user_id) values (p_user_id) on conflict do nothing;
    select * into strict v_account from private.accounts where user_id = p_user_id for no key update;
  end if;
  if not v_account.started and p_starting_credits is not null then
    if p_starting_credits > 0 then
      insert into private.credit_events (kind, user_id, amount) values ('starting', p_user_id, p_starting_credits);
    end if;
    update private.accounts
    set started = true, available = available + p_starting_credits
    where user_id = p_user_id
    returning * into v_account;
  end if;
  return v_account;
end
$function$

CREATE OR REPLACE FUNCTION private.open_webhook_secrets(p_user_ids uuid[])
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into private.webhook_secrets (user_id, secret)
  select wanted.user_id, private.fresh_webhook_secret()
  from (select distinct unnest(p_user_ids) as user_id) as wanted
  where not exists (
    select from private.webhook_secrets as known where known.user_id = wanted.user_id and known.retired_at is null
  )
  order by wanted.user_id
  on conflict do nothing
$function$

CREATE OR REPLACE FUNCTION private.outcome_of_late_job(p_job jobs, p_max_attempts integer)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_delivered bigint;
begin
  select count(*) into v_delivered
  from (
    select from public.images where job_id = p_job.id and status = 'completed'
    union all
    select from public.videos where job_id = p_job.id and status = 'completed'
  ) as delivered;
  return case
    when v_delivered = p_job.num_assets then 'deliver'
    when p_job.cancel_requested then 'cancel'
    when p_job.attempt < p_max_attempts then 'requeue'
    when v_delivered > 0 then 'deliver'
    else 'fail'
  end;
end
$function$

CREATE OR REPLACE FUNCTION private.outlook(p_job jobs, p_queue private.queue_outlook, OUT place integer, OUT is_exact boolean, OUT eta_seconds integer)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_own_ms bigint;
  v_ahead bigint;
  v_ahead_ms bigint;
begin
  if p_job.status not in ('queued', 'processing') then
    return;
  end if;
  select expected.milliseconds into v_own_ms
  from private.expected_times as expected
  where expected.job_type = p_job.job_type and expected.num_assets = p_job.num_assets;

  if p_job.status = 'processing' then
    select v_own_ms * (100 - lease.progress) / 100 into v_own_ms
    from private.leases as lease where lease.job_id = p_job.id;
    eta_seconds := ceil(v_own_ms / 1000.0);
    return;
  end if;

  is_exact := p_queue.spread_seconds is null;
  if is_exact then
    place := array_position(p_queue.ids, p_job.id);
    select coalesce(sum(milliseconds), 0) into v_ahead_ms
    from unnest(p_queue.own_ms[:place - 1]) as milliseconds;
  else
    v_ahead := private.load_ahead(p_job, p_queue);
    v_ahead_ms := v_ahead * p_queue.milliseconds / p_queue.jobs;
    place := greatest(private.rounded_down(v_ahead), 1);
  end if;
  eta_seconds := ceil(((v_ahead_ms + p_queue.running_ms) / p_queue.workers + v_own_ms) / 1000.0);
end
$function$

CREATE OR REPLACE FUNCTION private.outlook_of(p_queue text, p_jobs bigint DEFAULT NULL::bigint)
 RETURNS private.queue_outlook
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_outlook private.queue_outlook;
begin
  v_outlook.queue := p_queue;
  v_outlook.jobs := coalesce(p_jobs, private.queue_length(p_queue));
  if v_outlook.jobs = 0 then
    v_outlook.milliseconds := 0;
  elsif v_outlook.jobs <= private.exact_positions() then
    select array_agg(next.id order by next.turn, next.milliseconds, next.created_at, next.id),
      array_agg(next.milliseconds order by next.turn, next.milliseconds, next.created_at, next.id),
      count(*), coalesce(sum(next.milliseconds), 0)
    into v_outlook.ids, v_outlook.own_ms, v_outlook.jobs, v_outlook.milliseconds
    from private.heads(p_queue, true) as next;
  else
    v_outlook := private.with_spread(v_outlook);
  end if;

  -- Without knowing better, what runs is taken to be half done.
  select coalesce(sum(expected.milliseconds), 0) / 2 into v_outlook.running_ms
  from public.jobs as running
  join private.expected_times as expected using (job_type, num_assets)
  where running.queue = p_queue and running.status = 'processing';

  select greatest(count(*), 1) into v_outlook.workers
  from private.workers as worker
  where p_queue = any (worker.queues) and not worker.paused and private.is_live(worker.last_seen_at);
  return v_outlook;
end
$function$

CREATE OR REPLACE FUNCTION private.owner_of_key()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_key_id text := nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-api-key-id';
  v_user_id uuid;
begin
  if v_key_id is null then
    return null;
  end if;
  select user_id into v_user_id from private.api_keys
  where id = v_key_id::uuid and (expires_at is null or expires_at > now());
  if not found then
    perform private.refuse(p_status => 401, p_code => 'unauthorized', p_details => '{"reason": "key_unknown"}');
  end if;
  return v_user_id;
end
$function$

CREATE OR REPLACE FUNCTION private.page_size(p_limit integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select greatest(least(p_limit, 200), 0)
$function$

CREATE OR REPLACE FUNCTION private.page_start(p_before timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(p_before, 'infinity')
$function$

CREATE OR REPLACE FUNCTION private.page_start_id(p_before_id uuid)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(p_before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
$function$

CREATE OR REPLACE FUNCTION private.price_of(p_job jobs)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_job.price_each::bigint * p_job.num_assets
$function$

CREATE OR REPLACE FUNCTION public.project_prompt(p_user_id uuid, p_project_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return (
    select jsonb_build_object(
      'enhanced_prompt', project.enhanced_prompt,
      'original_prompt', project.original_prompt,
      'character_id', project.character_id
    )
    from public.projects as project where project.id = p_project_id and project.user_id = p_user_id
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.project_view(p_project projects)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_project.id,
    'user_id', p_project.user_id,
    'title', p_project.title,
    'original_prompt', p_project.original_prompt,
    'enhanced_prompt', p_project.enhanced_prompt,
    'character_id', p_project.character_id,
    'created_at', private.rfc3339(p_project.created_at),
    'updated_at', private.rfc3339(p_project.updated_at)
  )
$function$

CREATE OR REPLACE FUNCTION private.prune(p_limit integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_before constant timestamptz := now() - interval '30 days';
  -- The statistics of enhancements reach back this far.
  c_before_statistics constant timestamptz := now() - interval '90 days';
  v_deleted integer;
  v_most integer := 0;
begin
  delete from public.job_events where ctid in (
    select ctid from public.job_events where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.settlements where ctid in (
    select ctid from private.settlements where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.claims where ctid in (
    select ctid from private.claims where started_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.generation_times where ctid in (
    select ctid from private.generation_times where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.job_errors where ctid in (
    select ctid from private.job_errors where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.prompt_enhancements where ctid in (
    select ctid from private.prompt_enhancements where created_at < c_before_statistics limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  with gone as (
    delete from private.policy_events where ctid in (
      select ctid from private.policy_events where created_at < c_before_statistics limit p_limit
    )
    returning created_at, surface
  ), counted as (
    insert into private.policy_counts as old (day, surface, refusals)
    select created_at::date, surface, count(*) from gone group by created_at::date, surface
    on conflict (day, surface) do update set refusals = old.refusals + excluded.refusals
  )
  select count(*) into v_deleted from gone;
  v_most := greatest(v_most, v_deleted);
  delete from public.webhook_deliveries where ctid in (
    select ctid from public.webhook_deliveries where created_at < c_before and status <> 'pending' limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.queue_history where ctid in (
    select ctid from private.queue_history where at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  -- Workers that have gone for good. One that an operator, or its failures, stopped stays stopped when it comes back.
  delete from private.workers where ctid in (
    select ctid from private.workers where last_seen_at < c_before and not paused limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  -- References that no order has used for long, with what lies there.
  with gone as (
    delete from private.reference_uploads where ctid in (
      select ctid from private.reference_uploads where expires_at <= now() limit p_limit for update skip locked
    )
    returning key
  ), doomed as (
    insert into private.object_deletions (bucket, key) select 'reference_images', key from gone on conflict do nothing
  )
  select count(*) into v_deleted from gone;
  v_most := greatest(v_most, v_deleted);
  delete from private.deleted_assets where ctid in (
    select ctid from private.deleted_assets where deleted_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  return greatest(v_most, v_deleted) < p_limit;
end
$function$

CREATE OR REPLACE FUNCTION private.put_in_outbox(p_job jobs, p_pushed_by_writer boolean)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_at)
  values (
    p_job.id, p_job.queue, p_job.attempt, p_job.job_type, p_job.num_assets, case when p_pushed_by_writer then now() end
  )
  on conflict (job_id) do update
    set attempt = excluded.attempt, written_at = now(), pushed_at = excluded.pushed_at, pushes = 0;
end
$function$

CREATE OR REPLACE FUNCTION private.quality_of(p_job_type text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
begin
  return case p_job_type
    when 'sdxl_image_fast' then 'fast'
    when 'sdxl_image_high' then 'high'
    when 'image_fast' then 'fast'
    when 'image_high' then 'high'
    when 'video_fast' then 'fast'
    when 'video_high' then 'high'
    when 'image7b_fast_enhanced' then 'fast'
    when 'image7b_high_enhanced' then 'high'
    when 'video7b_fast_enhanced' then 'fast'
    when 'video7b_high_enhanced' then 'high'
  end;
end
$function$

CREATE OR REPLACE FUNCTION private.queue_length(p_queue text)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_jobs bigint;
begin
  -- In the order of an index that begins with the queue, or an empty queue would be looked for among all that waits.
  select count(*) into v_jobs
  from (
    select from public.jobs
    where queue = p_queue and status = 'queued'
    order by created_at, id limit private.exact_positions() + 1
  ) as waiting;
  if v_jobs > private.exact_positions() then
    select greatest(sum(counted.amount), v_jobs) into v_jobs
    from private.measured_totals as counted
    where counted.metric in ('jobs_submitted', 'jobs_waiting') and private.queue_of(counted.label) = p_queue;
  end if;
  return v_jobs;
end
$function$

CREATE OR REPLACE FUNCTION private.queue_metrics()
 RETURNS SETOF jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return query
  select private.metric(
    p_name => figure.name, p_value => figure.value,
    p_labels => jsonb_build_object('queue', settings.queue) || figure.labels
  )
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
    select 'queue_list_length', length, '{}'
    from (
      select case settings.queue when 'sdxl_queue' then sdxl_length else wan_length end as length
      from private.sweep_state
    ) as list where length is not null
    union all
    select 'jobs_failed_last_hour', count(*), jsonb_build_object('error_code', error_code)
    from public.jobs
    where queue = settings.queue and status = 'failed' and completed_at > now() - interval '1 hour'
    group by error_code
    union all
    select 'workers', count(*) filter (where private.is_live(last_seen_at) and not paused and state = 'busy'),
      '{"state": "busy"}'
    from private.workers where settings.queue = any (queues)
    union all
    select 'workers', count(*) filter (where private.is_live(last_seen_at) and not paused and state = 'idle'),
      '{"state": "idle"}'
    from private.workers where settings.queue = any (queues)
    union all
    select 'workers', count(*) filter (where private.is_live(last_seen_at) and paused), '{"state": "paused"}'
    from private.workers where settings.queue = any (queues)
  ) as figure;
end
$function$

CREATE OR REPLACE FUNCTION private.queue_of(p_job_type text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
begin
  return case p_job_type
    when 'sdxl_image_fast' then 'sdxl_queue'
    when 'sdxl_image_high' then 'sdxl_queue'
    when 'image_fast' then 'wan_queue'
    when 'image_high' then 'wan_queue'
    when 'video_fast' then 'wan_queue'
    when 'video_high' then 'wan_queue'
    when 'image7b_fast_enhanced' then 'wan_queue'
    when 'image7b_high_enhanced' then 'wan_queue'
    when 'video7b_fast_enhanced' then 'wan_queue'
    when 'video7b_high_enhanced' then 'wan_queue'
  end;
end
$function$

CREATE OR REPLACE FUNCTION public.queue_status()
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_user();
  return (
    select jsonb_agg(jsonb_build_object(
      'queue', settings.queue,
      'queued', load.jobs,
      'processing', (
        select count(*) from public.jobs as running
        where running.queue = settings.queue and running.status = 'processing'
      ),
      'workers', (
        select count(*) from private.workers as worker
        where settings.queue = any (worker.queues) and private.is_live(worker.last_seen_at)
      ),
      'worker_seen_seconds', private.worker_seen_seconds(settings.queue),
      'median_wait_seconds', private.median_wait_seconds(settings.queue),
      'eta_seconds', ceil((load.milliseconds + load.running_ms) / load.workers / 1000.0),
      'paused', settings.paused,
      'waiting_for', case when load.jobs > 0 then private.queue_trouble(settings.queue) end
    ) order by settings.queue)
    from private.queue_settings as settings
    cross join lateral private.outlook_of(settings.queue) as load
  );
end
$function$
-- for authenticated
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.queue_trouble(p_queue text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_seconds bigint;
begin
  if (select paused from private.queue_settings where queue = p_queue) then
    return 'paused by an operator';
  end if;
  if exists (
    select from private.workers as worker
    where p_queue = any (worker.queues) and not worker.paused and private.is_live(worker.last_seen_at)
  ) then
    return null;
  end if;
  v_seconds := private.worker_seen_seconds(p_queue);
  return case
    when v_seconds is null then 'no worker for ' || p_queue || ' has been seen yet'
    when v_seconds < 120 then 'all workers for ' || p_queue || ' are paused'
    else 'no worker for ' || p_queue || ' has been seen for ' || private.readable_duration(v_seconds)
  end;
end
$function$

CREATE OR REPLACE FUNCTION private.readable_duration(p_seconds bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when p_seconds < 120 then p_seconds || ' seconds'
    when p_seconds < 7200 then p_seconds / 60 || ' minutes'
    when p_seconds < 172800 then p_seconds / 3600 || ' hours'
    else p_seconds / 86400 || ' days'
  end
$function$

CREATE OR REPLACE FUNCTION private.record_contact(p_worker_id text, p_queue text, p_models text[] DEFAULT NULL::text[])
 RETURNS private.workers
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_worker private.workers;
begin
  insert into private.workers as worker (worker_id, queues, models)
  values (p_worker_id, array[p_queue], coalesce(p_models, '{}'))
  on conflict (worker_id) do update
    set queues = case
        when p_queue = any (worker.queues) and private.is_live(worker.last_seen_at) then worker.queues
        when private.is_live(worker.last_seen_at) then worker.queues || p_queue
        else array[p_queue]
      end,
      models = coalesce(p_models, worker.models), last_seen_at = now()
  returning * into v_worker;
  return v_worker;
end
$function$

CREATE OR REPLACE FUNCTION public.record_enhancement(p_user_id uuid, p_job_type text, p_template text, p_method text, p_fallback_used boolean, p_cached boolean, p_processing_ms integer, p_original_tokens integer, p_enhanced_tokens integer, p_compressed_tokens integer, p_original_chars integer, p_enhanced_chars integer, p_quality_score real, p_original_prompt text DEFAULT NULL::text, p_enhanced_prompt text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  insert into private.prompt_enhancements (
    user_id, job_type, template, method, fallback_used, cached, processing_ms, original_tokens, enhanced_tokens,
    compressed_tokens, original_chars, enhanced_chars, quality_score, original_prompt, enhanced_prompt
  ) values (
    p_user_id, p_job_type, p_template, p_method, p_fallback_used, p_cached, p_processing_ms, p_original_tokens,
    p_enhanced_tokens, p_compressed_tokens, p_original_chars, p_enhanced_chars, p_quality_score,
    p_original_prompt, p_enhanced_prompt
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.record_policy_event(p_user_id uuid, p_surface text, p_job_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  -- Everybody is misunderstood now and then.
  c_free_strikes constant integer := 3;
  -- Nobody is so often, with the pauses in between.
  c_most_strikes constant integer := 12;
  c_first_pause constant interval := '1 minute';
  c_longest_pause constant interval := '1 hour';
  v_before private.accounts;
  v_strikes integer;
begin
  perform private.require_edge();
  v_before := private.open_account(p_user_id, null);
  insert into private.policy_events (user_id, surface, job_id) values (p_user_id, p_surface, p_job_id);
  if p_surface <> 'callback' then
    v_strikes := 1 + greatest(
      0, v_before.strikes - coalesce(extract(day from now() - v_before.last_strike_at), 0)::integer
    );
    update private.accounts
    set strikes = v_strikes,
        last_strike_at = now(),
        blocked_until = case
          when v_strikes > c_free_strikes
          then now() + least(
            c_longest_pause, c_first_pause * power(2, least(v_strikes, c_most_strikes) - c_free_strikes - 1)
          )
          else blocked_until
        end,
        suspended = suspended or v_strikes >= c_most_strikes
    where user_id = p_user_id;
  end if;
  if v_before.suspended then
    return jsonb_build_object('suspended', true);
  elsif v_before.blocked_until > now() then
    return jsonb_build_object(
      'suspended', false, 'retry_after_seconds', private.seconds_until(v_before.blocked_until)
    );
  end if;
  return null;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.record_webhooks(p_lease_id uuid, p_results jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  update public.webhook_deliveries as delivery
  set status = case result.outcome when 'delivered' then 'delivered' when 'retry' then 'pending' else 'failed' end,
      lease_id = null,
      next_attempt_at = clock_timestamp() + private.seconds(coalesce(result.wait_seconds, 0)),
      last_status = result.status,
      last_error = result.error,
      delivered_at = case result.outcome when 'delivered' then clock_timestamp() end
  from jsonb_to_recordset(p_results) as result (id uuid, outcome text, status integer, error text, wait_seconds bigint)
  where delivery.id = result.id and delivery.status = 'pending'
    and (delivery.lease_id = p_lease_id or result.outcome = 'delivered');

  insert into private.webhook_disabled (user_id, url)
  select distinct delivery.user_id, delivery.url
  from jsonb_to_recordset(p_results) as result (id uuid, outcome text)
  join public.webhook_deliveries as delivery on delivery.id = result.id
  where result.outcome = 'gone'
  on conflict do nothing;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.record_worker_outcome(p_worker_id text, p_job jobs, p_attempt integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_failures_in_a_row constant integer := 5;
  v_failures integer;
begin
  v_failures := case
    when p_job.status = 'failed' and p_job.error_code is distinct from 'content_policy'
      or p_job.status = 'queued' and p_job.attempt > p_attempt
    then (
      select 1 where not exists (
        select from private.job_errors as earlier
        where earlier.job_id = p_job.id and earlier.worker_id = p_worker_id and earlier.attempt < p_attempt
      )
    )
  end;
  update private.workers as worker
  set last_seen_at = now(),
      state = 'idle',
      current_job = null,
      losses = case when p_job.status = 'completed' then 0 else worker.losses + coalesce(v_failures, 0) end,
      paused = worker.paused or coalesce(worker.losses + v_failures >= c_failures_in_a_row, false),
      paused_reason = case
        when not worker.paused and worker.losses + v_failures >= c_failures_in_a_row
        then 'failed or lost ' || worker.losses + v_failures || ' jobs in a row'
        else worker.paused_reason
      end
  where worker.worker_id = p_worker_id;
end
$function$

CREATE OR REPLACE FUNCTION public.redrive_job(p_actor text, p_order jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_order record;
  v_key text;
  v_job public.jobs;
  v_reply jsonb;
begin
  perform private.require_edge();
  select * into v_order from jsonb_to_record(p_order) as given (
    p_user_id uuid, p_job_id uuid, p_job_type text, p_prompt text, p_num_assets smallint, p_price_each integer,
    p_metadata jsonb, p_payload jsonb, p_fingerprint text, p_starting_credits bigint, p_max_active integer,
    p_max_per_minute integer, p_max_queued integer, p_project_id uuid, p_image_id uuid, p_video_id uuid,
    p_retry_of uuid, p_seen jsonb
  );
  v_key := 'service:redrive:' || v_order.p_retry_of;
  perform private.lock_key(v_order.p_user_id, v_key);
  v_job := private.job_of_key(
    p_user_id => v_order.p_user_id, p_key => v_key, p_fingerprint => v_order.p_fingerprint
  );
  if v_job.id is not null then
    return private.enqueued(p_job => v_job, p_replayed => true, p_max_per_minute => v_order.p_max_per_minute);
  end if;

  perform public.admin_grant_credits(
    p_actor => p_actor, p_user_id => v_order.p_user_id,
    p_amount => v_order.p_price_each::bigint * v_order.p_num_assets,
    p_reason => 'an operator orders a failed job again', p_request_id => v_key
  );
  v_reply := public.enqueue_job(
    p_user_id => v_order.p_user_id, p_job_id => v_order.p_job_id, p_job_type => v_order.p_job_type,
    p_prompt => v_order.p_prompt, p_num_assets => v_order.p_num_assets, p_price_each => v_order.p_price_each,
    p_metadata => v_order.p_metadata, p_payload => v_order.p_payload, p_fingerprint => v_order.p_fingerprint,
    p_starting_credits => v_order.p_starting_credits, p_max_active => v_order.p_max_active,
    p_max_per_minute => v_order.p_max_per_minute, p_max_queued => v_order.p_max_queued,
    p_project_id => v_order.p_project_id, p_image_id => v_order.p_image_id, p_video_id => v_order.p_video_id,
    p_retry_of => v_order.p_retry_of, p_idempotency_key => v_key, p_seen => v_order.p_seen
  );
  update public.jobs set granted = true where id = v_order.p_job_id;
  return v_reply;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.redrive_webhook(p_user_id uuid, p_delivery_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  return private.webhook_delivery_view(private.send_anew(p_delivery_id, p_user_id));
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.refresh_expected_times()
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION private.refuse(p_status integer, p_code text, p_details jsonb DEFAULT '{}'::jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  raise exception using
    errcode = 'PT' || p_status,
    message = p_code,
    hint = p_code,
    detail = p_details::text;
end
$function$

CREATE OR REPLACE FUNCTION private.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  raise exception 'the audit is append-only';
end
$function$

CREATE OR REPLACE FUNCTION private.refuse_ledger_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  raise exception 'the ledger is append-only';
end
$function$

CREATE OR REPLACE FUNCTION private.refuse_revoked(p_worker_id text)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  if exists (select from private.revoked_workers where worker_id = p_worker_id) then
    perform private.refuse(
      p_status => 403, p_code => 'forbidden', p_details => jsonb_build_object('reason', 'worker_revoked')
    );
  end if;
end
$function$

CREATE OR REPLACE FUNCTION private.requeue_late(p_job_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  update public.jobs set status = 'queued', attempt = attempt + 1, progress = 0, queued_at = now()
  where id = any (p_job_ids);
  perform private.put_in_outbox(job, false) from public.jobs as job where job.id = any (p_job_ids);
end
$function$

CREATE OR REPLACE FUNCTION private.require_edge()
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  if private.caller_role() <> 'ourvidz_edge' then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
end
$function$

CREATE OR REPLACE FUNCTION private.require_signed_in()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid := private.caller_id();
begin
  if private.caller_role() <> 'authenticated' or v_user_id is null then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
  return v_user_id;
end
$function$

CREATE OR REPLACE FUNCTION private.require_user()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_user_id uuid;
begin
  if private.caller_role() <> 'ourvidz_edge' then
    return private.require_signed_in();
  end if;
  v_user_id := private.owner_of_key();
  if v_user_id is null then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
  return v_user_id;
end
$function$

CREATE OR REPLACE FUNCTION public.revoke_api_key(p_user_id uuid, p_key_id uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  delete from private.api_keys where id = p_key_id and user_id = p_user_id;
  if not found then
    perform private.refuse(404, 'not_found');
  end if;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.rfc3339(p_at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$function$

CREATE OR REPLACE FUNCTION private.rounded_down(p_count bigint)
 RETURNS integer
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
declare
  v_scale bigint := 10 ^ floor(log(greatest(p_count, 1)));
begin
  return p_count / v_scale * v_scale;
end
$function$

CREATE OR REPLACE FUNCTION private.schedule_all_deletions(p_user_id uuid, p_job_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  insert into private.object_deletions (bucket, key)
  select job.job_type, shown.key
  from public.jobs as job
  cross join lateral (
    select unnest(array[image_url, thumbnail_url]) from public.images where job_id = job.id
    union
    select unnest(array[video_url, thumbnail_url]) from public.videos where job_id = job.id
  ) as shown (key)
  where job.id = any (p_job_ids)
    -- The placeholder of all videos.
    and shown.key not like 'system\_assets/%'
  on conflict do nothing;
  with uploads as (
    delete from private.reference_uploads where user_id = p_user_id returning key
  )
  insert into private.object_deletions (bucket, key) select 'reference_images', key from uploads on conflict do nothing;
  insert into private.object_deletions (bucket, key)
  select reference.bucket, reference.key
  from public.jobs as job
  cross join lateral jsonb_to_recordset(
    case jsonb_typeof(job.metadata -> 'references') when 'array' then job.metadata -> 'references' else '[]' end
  ) as reference (bucket text, key text)
  where job.id = any (p_job_ids) and reference.bucket is not null
    and starts_with(reference.key, p_user_id || '/')
  on conflict do nothing;
end
$function$

CREATE OR REPLACE FUNCTION private.schedule_asset_deletion(p_job jobs, p_asset_id uuid, p_keys text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_upload_links interval := interval '11 minutes';
begin
  insert into private.object_deletions (bucket, key, due_at)
  select p_job.job_type, gone.key, greatest(now(), p_job.completed_at + c_upload_links)
  from (select distinct unnest(p_keys)) as gone (key)
  where gone.key is not null
    -- The placeholder of all videos.
    and gone.key not like 'system\_assets/%'
    and not exists (
      select from public.images as other
      where other.job_id = p_job.id and other.id <> p_asset_id and gone.key in (other.image_url, other.thumbnail_url)
    )
    and not exists (
      select from public.images as other
      where strpos(gone.key, p_job.id::text) = 0
        and other.user_id = p_job.user_id and other.status = 'completed' and other.id <> p_asset_id
        and gone.key in (other.image_url, other.thumbnail_url)
    )
  on conflict do nothing;
end
$function$

CREATE OR REPLACE FUNCTION private.schedule_deletions(p_job jobs, p_before integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_claims integer[] := array(
    select number from private.claims where job_id = p_job.id and number < p_before
  );
  v_shown text[];
begin
  -- A first claim.
  if v_claims = '{}' then
    return;
  end if;
  if p_job.format = 'video' then
    select array_agg(video_url) || array_agg(thumbnail_url) into v_shown from public.videos where job_id = p_job.id;
  else
    select array_agg(image_url) || array_agg(thumbnail_url) into v_shown from public.images where job_id = p_job.id;
  end if;
  insert into private.object_deletions (bucket, key)
  select p_job.job_type, name.key
  from unnest(v_claims) as claim
  cross join lateral private.keys_of_claim(p_job, claim) as file
  -- A worker that knows no other format has written a PNG, whatever was ordered.
  cross join lateral (
    select file.key
    union
    select regexp_replace(file.key, '[^.]+$', 'png') where file.role = 'image'
  ) as name
  where array_position(v_shown, name.key) is null
  on conflict do nothing;
end
$function$

CREATE OR REPLACE FUNCTION private.schema_version()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 2
$function$

CREATE OR REPLACE FUNCTION private.seconds(p_seconds bigint)
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_seconds * interval '1 second'
$function$

CREATE OR REPLACE FUNCTION private.seconds_since(p_at timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select case when p_at is not null then greatest(extract(epoch from now() - p_at), 0)::bigint end
$function$

CREATE OR REPLACE FUNCTION private.seconds_until(p_at timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select case when p_at is not null then ceil(greatest(extract(epoch from p_at - now()), 0))::bigint end
$function$

CREATE OR REPLACE FUNCTION private.send_anew(p_delivery_id uuid, p_user_id uuid DEFAULT NULL::uuid)
 RETURNS webhook_deliveries
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_pause constant interval := interval '10 seconds';
  v_delivery public.webhook_deliveries;
begin
  update public.webhook_deliveries
  set status = 'pending',
      step = 0,
      delivered_at = null,
      -- While somebody sends it, it stays theirs.
      next_attempt_at = greatest(
        now(), last_attempt_at + c_pause, case when lease_id is not null then next_attempt_at end
      )
  where id = p_delivery_id and user_id = coalesce(p_user_id, user_id)
  returning * into v_delivery;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  delete from private.webhook_disabled where user_id = v_delivery.user_id and url = v_delivery.url;
  return v_delivery;
end
$function$

CREATE OR REPLACE FUNCTION private.settle_credits(p_job jobs, p_charged bigint, p_released bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if p_charged > 0 then
    insert into private.credit_events (kind, user_id, job_id, amount)
    values ('charge', p_job.user_id, p_job.id, p_charged);
  end if;
  if p_released > 0 then
    insert into private.credit_events (kind, user_id, job_id, amount)
    values (case when p_job.granted then 'return' else 'release' end, p_job.user_id, p_job.id, p_released);
  end if;
  update private.accounts
  set available = available + case when p_job.granted then 0 else p_released end,
      held = held - p_charged - p_released,
      spent = spent + p_charged
  where user_id = p_job.user_id and p_charged + p_released > 0;
end
$function$

CREATE OR REPLACE FUNCTION public.settle_job(p_job_id uuid, p_version bigint, p_attempt integer, p_status text, p_next_attempt integer, p_metadata jsonb, p_assets jsonb, p_reply jsonb, p_worker_id text DEFAULT NULL::text, p_progress smallint DEFAULT NULL::smallint, p_charge_used boolean DEFAULT false, p_price_each integer DEFAULT NULL::integer, p_error_code text DEFAULT NULL::text, p_error_message text DEFAULT NULL::text, p_worker_error text DEFAULT NULL::text, p_generation_ms bigint DEFAULT NULL::bigint, p_digest text DEFAULT NULL::text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  v_ends boolean := p_status in ('completed', 'failed', 'canceled');
  v_job public.jobs;
  v_indexes smallint[];
  v_statuses text[];
  v_ids uuid[];
  v_money record;
begin
  perform private.require_edge();
  perform private.refuse_revoked(p_worker_id);
  select * into v_job from public.jobs where id = p_job_id for no key update;
  if not found then
    return private.unsettled('not_found');
  end if;
  -- A plan for an ended job was made from another version of it, whatever number it names.
  -- Single assets belong to an attempt that was started.
  if v_job.version <> p_version or v_job.completed_at is not null
    or v_job.status = 'queued' and p_status = 'processing' then
    return private.unsettled('conflict');
  end if;
  select coalesce(array_agg(asset.index order by asset.index), '{}'),
    coalesce(array_agg(asset.status order by asset.index), '{}'),
    coalesce(array_agg(asset.id order by asset.index), '{}')
  into v_indexes, v_statuses, v_ids
  from private.update_assets(v_job, private.with_open_assets(
    p_job => v_job, p_assets => p_assets, p_status => p_status
  )) as asset;
  select * into v_money from private.charges_of(
    p_job => v_job, p_statuses => v_statuses, p_price_each => p_price_each, p_charge_used => p_charge_used
  );
  update public.jobs
  set status = p_status,
      attempt = p_next_attempt,
      releases = releases + case when p_status = 'queued' and p_next_attempt = attempt then 1 else 0 end,
      metadata = metadata || coalesce(p_metadata, '{}'),
      progress = case p_status when 'completed' then 100 when 'queued' then 0 else coalesce(p_progress, progress) end,
      error_code = case p_status when 'failed' then p_error_code end,
      error_message = case p_status when 'failed' then p_error_message end,
      started_at = case when p_status = 'queued' then started_at else coalesce(started_at, now()) end,
      queued_at = case p_status when 'queued' then now() else queued_at end,
      charged = charged + v_money.charged,
      released = released + v_money.released,
      completed_at = case when v_ends then now() end
  where id = p_job_id
  returning * into v_job;

  if p_status = 'processing' then
    update private.leases set progress = greatest(progress, p_progress)
    where job_id = p_job_id and p_progress is not null;
  else
    delete from private.leases where job_id = p_job_id;
  end if;
  if p_status = 'queued' then
    perform private.put_in_outbox(v_job, false);
  end if;
  if p_worker_error is not null or p_error_code is not null then
    insert into private.job_errors (job_id, attempt, worker_id, error_code, worker_error)
    values (p_job_id, p_attempt, p_worker_id, p_error_code, p_worker_error);
  end if;
  if p_digest is not null then
    insert into private.settlements (job_id, attempt, digest, reply)
    values (p_job_id, p_attempt, p_digest, p_reply) on conflict do nothing;
  end if;
  if p_status = 'completed' and p_generation_ms is not null then
    insert into private.generation_times (job_type, num_assets, milliseconds)
    values (v_job.job_type, v_job.num_assets, p_generation_ms);
  end if;
  if p_worker_id is not null and p_status <> 'processing' then
    perform private.record_worker_outcome(p_worker_id => p_worker_id, p_job => v_job, p_attempt => p_attempt);
  end if;

  perform private.settle_credits(p_job => v_job, p_charged => v_money.charged, p_released => v_money.released);
  perform private.add_settlement_events(
    p_job => v_job, p_indexes => v_indexes, p_statuses => v_statuses, p_ids => v_ids
  );
  if v_ends then
    perform private.finish_jobs(array[p_job_id]);
  end if;
  perform private.note_callback(
    case p_status when 'processing' then 'partly_delivered' when 'queued' then 'requeued' else p_status end
  );
  return jsonb_strip_nulls(jsonb_build_object(
    'outcome', 'ok', 'charged', v_money.charged, 'released', v_money.released, 'version', v_job.version,
    'lease_until_ms', (select private.epoch_ms(lease.until) from private.leases as lease where lease.job_id = p_job_id)
  ));
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.settlement_of(p_job jobs, p_lease private.leases)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return jsonb_build_object(
    'job', private.job_row(p_job),
    'prompt', p_job.prompt,
    'assets', coalesce(case p_job.format
      when 'video' then (
        select jsonb_agg(jsonb_build_object(
          'id', video.id, 'image_index', 0, 'status', video.status, 'url', video.video_url
        ))
        from public.videos as video where video.job_id = p_job.id
      )
      else (
        select jsonb_agg(jsonb_build_object(
          'id', image.id, 'image_index', image.image_index, 'status', image.status, 'url', image.image_url
        ) order by image.image_index)
        from public.images as image where image.job_id = p_job.id
      )
    end, '[]'),
    'lease', case when p_lease.lease_id is not null then jsonb_build_object(
      'lease_id', p_lease.lease_id, 'attempt', p_lease.attempt, 'worker_id', p_lease.worker_id,
      'until_ms', private.epoch_ms(p_lease.until)
    ) end,
    'settled', '[]'::jsonb
  );
end
$function$

CREATE OR REPLACE FUNCTION private.shown_metadata(p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when p_job.metadata ? 'original_prompt' then jsonb_build_object('enhanced_prompt', p_job.prompt)
    else '{}'
  end
    || p_job.metadata
    || jsonb_build_object('prompt', p_job.prompt)
$function$

CREATE OR REPLACE FUNCTION private.start_attempt(p_job jobs, p_lease_id uuid, p_worker_id text, p_lease_seconds bigint)
 RETURNS private.leases
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_lease private.leases;
  v_claim integer := private.claim_number(p_job);
begin
  update public.jobs
  set status = 'processing', progress = 0, started_at = coalesce(started_at, now())
  where id = p_job.id;
  insert into private.leases (job_id, lease_id, attempt, worker_id, until)
  values (p_job.id, p_lease_id, p_job.attempt, p_worker_id, now() + private.seconds(p_lease_seconds))
  returning * into v_lease;
  delete from private.outbox where job_id = p_job.id;
  -- From here on a report of an earlier claim counts for nothing, so nobody needs its files.
  perform private.schedule_deletions(p_job, v_claim);
  insert into private.claims (job_id, number) values (p_job.id, v_claim) on conflict do nothing;
  if p_worker_id is not null then
    update private.workers set state = 'busy', current_job = p_job.id where worker_id = p_worker_id;
  end if;
  perform private.add_events(
    p_user_id => p_job.user_id, p_job_id => p_job.id, p_kinds => array['processing'],
    p_data => array[jsonb_build_object('status', 'processing', 'attempt', p_job.attempt)]
  );
  return v_lease;
end
$function$

CREATE OR REPLACE FUNCTION private.stored_bytes(p_metadata jsonb)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce((p_metadata ->> 'bytes')::bigint, 0) + coalesce((p_metadata ->> 'thumbnail_bytes')::bigint, 0)
$function$

CREATE OR REPLACE FUNCTION private.stored_payload(p_payload jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select p_payload - array[
    'id', 'type', 'user_id', 'prompt', 'created_at', 'image_id', 'video_id', 'character_id', 'model_variant', 'bucket',
    'metadata', 'negative_prompt'
  ]
$function$

CREATE OR REPLACE FUNCTION public.sweep_done(p_pushed jsonb, p_deleted jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform private.require_edge();
  -- A row that a claim has locked is about to go; waiting for it could wait in a circle.
  update private.outbox as hint
  set pushed_at = clock_timestamp(), pushes = hint.pushes + 1
  from (
    select waiting.job_id from private.outbox as waiting
    join jsonb_to_recordset(p_pushed) as pushed (job_id uuid, attempt integer)
      on pushed.job_id = waiting.job_id and pushed.attempt = waiting.attempt
    for no key update of waiting skip locked
  ) as pushed
  where hint.job_id = pushed.job_id;
  delete from private.object_deletions as deletion
  using jsonb_to_recordset(p_deleted) as deleted (bucket text, key text)
  where deletion.bucket = deleted.bucket and deletion.key = deleted.key;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.sweep_pass(p_limit integer, p_lists_lost boolean, p_max_attempts integer, p_outage_seconds integer, p_max_queued_seconds integer, p_max_running_seconds integer, p_lease_seconds integer, p_sdxl_length bigint DEFAULT NULL::bigint, p_wan_length bigint DEFAULT NULL::bigint, p_buckets integer DEFAULT 1)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.tags_of(p_user_id uuid)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
  with recursive own (tag) as (
    select private.next_tag(p_user_id, '')
    union all
    select private.next_tag(p_user_id, own.tag) from own where own.tag is not null
  )
  select tag from own where tag is not null
$function$

CREATE OR REPLACE FUNCTION private.tags_of_image(p_image_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return coalesce((select jsonb_agg(tag order by tag) from private.image_tags where image_id = p_image_id), '[]');
end
$function$

CREATE OR REPLACE FUNCTION private.tags_of_video(p_video_id uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return coalesce((select jsonb_agg(tag order by tag) from private.video_tags where video_id = p_video_id), '[]');
end
$function$

CREATE OR REPLACE FUNCTION private.take_leases(p_late private.late_job[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  c_losses_in_a_row constant integer := 5;
  v_workers text[];
begin
  with taken as (
    delete from private.leases as lease
    using unnest(p_late) as late
    where lease.job_id = late.job_id
    returning lease.job_id, lease.attempt, lease.worker_id, late.error_code
  ), noted as (
    insert into private.job_errors (job_id, attempt, worker_id, error_code, worker_error)
    select taken.job_id, taken.attempt, taken.worker_id, taken.error_code, 'lease taken away by the sweep' from taken
  )
  select array_agg(taken.worker_id) into v_workers from taken where taken.worker_id is not null;

  perform from private.workers where worker_id = any (v_workers) order by worker_id for no key update;
  update private.workers as worker
  set losses = worker.losses + lost.jobs,
      state = 'idle',
      current_job = null,
      paused = worker.paused or worker.losses + lost.jobs >= c_losses_in_a_row,
      paused_reason = case
        when not worker.paused and worker.losses + lost.jobs >= c_losses_in_a_row
        then 'lost ' || worker.losses + lost.jobs || ' jobs in a row'
        else worker.paused_reason
      end
  from (select worker_id, count(*)::integer as jobs from unnest(v_workers) as worker_id group by worker_id) as lost
  where worker.worker_id = lost.worker_id;
end
$function$

CREATE OR REPLACE FUNCTION private.take_references(p_user_id uuid, p_references jsonb, p_seen jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  v_reference record;
  v_upload private.reference_uploads;
  v_seen jsonb;
  v_expected text;
  v_unseen bigint[] := '{}';
begin
  for v_reference in
    select given.place - 1 as place, given.value ->> 'bucket' as bucket, given.value ->> 'key' as key,
      given.value ->> 'type' as type
    from jsonb_array_elements(p_references) with ordinality as given (value, place)
  loop
    select * into v_upload from private.reference_uploads
    where v_reference.bucket = 'reference_images' and key = v_reference.key and user_id = p_user_id
    for no key update;
    v_seen := nullif(p_seen -> v_reference.place::integer, 'null');
    v_expected := private.expected_reference(
      p_bucket => v_reference.bucket, p_key => v_reference.key, p_type => v_reference.type, p_upload => v_upload,
      p_seen => v_seen
    );
    if v_expected is not null then
      perform private.refuse(p_status => 400, p_code => 'invalid_request', p_details => jsonb_build_object(
        'field', format('metadata.references[%s]', v_reference.place), 'expected', v_expected
      ));
    end if;
    if p_seen is not null and v_upload.width is null and v_seen is null then
      v_unseen := v_unseen || v_reference.place;
    elsif v_upload.key is not null then
      perform private.use_reference(v_upload, v_seen);
    end if;
  end loop;
  if v_unseen <> '{}' then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('unseen', v_unseen)
    );
  end if;
end
$function$

CREATE OR REPLACE FUNCTION public.take_webhooks(p_lease_id uuid, p_limit integer, p_lease_seconds integer, p_max_tries integer, p_job_id uuid DEFAULT NULL::uuid)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  -- Others may take some of them at the same moment.
  c_spare constant integer := 8;
  v_ids uuid[];
  v_users uuid[];
begin
  perform private.require_edge();
  v_ids := private.due_webhooks(p_limit * c_spare, p_job_id);
  if cardinality(v_ids) = 0 then
    return '[]';
  end if;

  update public.webhook_deliveries as delivery
  set status = 'failed',
      lease_id = null,
      last_error = case when hopeless.disabled then 'disabled' else coalesce(delivery.last_error, 'lost') end
  from (
    select due.id, gone.url is not null as disabled
    from public.webhook_deliveries as due
    left join private.webhook_disabled as gone on gone.user_id = due.user_id and gone.url = due.url
    where due.id = any (v_ids) and due.status = 'pending' and due.next_attempt_at <= now()
      and (gone.url is not null or due.step >= p_max_tries)
    for no key update of due skip locked
  ) as hopeless
  where delivery.id = hopeless.id;

  with taken as (
    update public.webhook_deliveries as delivery
    set lease_id = p_lease_id,
        next_attempt_at = clock_timestamp() + private.seconds(p_lease_seconds),
        last_attempt_at = clock_timestamp(),
        attempts = delivery.attempts + 1,
        step = delivery.step + 1
    from (
      select due.id
      from unnest(v_ids) with ordinality as chosen (id, place)
      join public.webhook_deliveries as due on due.id = chosen.id
      where due.status = 'pending' and due.next_attempt_at <= now()
      order by chosen.place
      limit p_limit
      for no key update of due skip locked
    ) as due
    where delivery.id = due.id
    returning delivery.id, delivery.user_id
  )
  select array_agg(taken.id), array_agg(taken.user_id) into v_ids, v_users from taken;
  if v_ids is null then
    return '[]';
  end if;

  perform private.open_webhook_secrets(v_users);
  return (
    select jsonb_agg(jsonb_build_object(
      'id', delivery.id,
      'url', delivery.url,
      'event', delivery.event,
      'tries', delivery.step,
      'secrets', private.webhook_secrets_of(delivery.user_id),
      'created_at', private.rfc3339(delivery.created_at),
      'job', private.webhook_job(job)
    ) order by delivery.created_at, delivery.id)
    from public.webhook_deliveries as delivery
    join public.jobs as job on job.id = delivery.job_id
    where delivery.id = any (v_ids)
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.time_metrics(p_metric text, p_name text)
 RETURNS SETOF jsonb
 LANGUAGE sql
 STABLE
AS $function$
  with measured as materialized (select * from private.measured() as any_metric where any_metric.metric = p_metric)
  select jsonb_build_object(
    'name', p_name,
    'labels', jsonb_build_object('job_type', job_type),
    'histogram', jsonb_build_object(
      'bounds', to_jsonb(bounds),
      'counts', (
        select jsonb_agg(coalesce(sorted.times, 0) order by place)
        from generate_series(0, cardinality(bounds)) as place
        left join measured as sorted on sorted.label = job_type and sorted.bucket = place
      ),
      'sum', total
    )
  )
  from (
    select label as job_type, sum(amount) as total, private.bucket_bounds(p_metric) as bounds
    from measured group by label
  ) as kind
$function$

CREATE OR REPLACE FUNCTION private.transition_allowed(p_from text, p_to text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select (p_from, p_to) in (
    ('queued', 'processing'),
    ('queued', 'completed'),
    ('queued', 'failed'),
    ('queued', 'canceled'),
    ('processing', 'queued'),
    ('processing', 'completed'),
    ('processing', 'failed'),
    ('processing', 'canceled')
  )
$function$

CREATE OR REPLACE FUNCTION private.turn(p_place bigint, p_running bigint, p_since timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select p_place + p_running - floor(extract(epoch from now() - p_since) / private.turn_seconds())::bigint
$function$

CREATE OR REPLACE FUNCTION private.turn_seconds()
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 600
$function$

CREATE OR REPLACE FUNCTION private.unnamed_worker(p_queue text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select 'unnamed ' || p_queue
$function$

CREATE OR REPLACE FUNCTION private.unsettled(p_outcome text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  perform private.note_callback(p_outcome);
  return jsonb_build_object('outcome', p_outcome, 'charged', 0, 'released', 0);
end
$function$

CREATE OR REPLACE FUNCTION public.update_asset(p_user_id uuid, p_asset_id uuid, p_most_tags integer, p_most_own_tags integer, p_saved boolean DEFAULT NULL::boolean, p_preferred boolean DEFAULT NULL::boolean, p_title text DEFAULT NULL::text, p_add_tags text[] DEFAULT NULL::text[], p_remove_tags text[] DEFAULT NULL::text[])
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_job public.jobs;
  v_image public.images;
  v_video public.videos;
begin
  perform private.require_edge();
  v_job := private.lock_job_of_asset(p_user_id, p_asset_id);
  select * into v_image from public.images where id = p_asset_id and job_id = v_job.id;
  select * into v_video from public.videos where id = p_asset_id and job_id = v_job.id;
  if v_image.id is null and v_video.id is null then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  -- There is nothing yet to keep, or there never will be.
  if coalesce(v_image.status, v_video.status) <> 'completed' then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict',
      p_details => jsonb_build_object(
        'status', coalesce(v_image.status, v_video.status)
      )
    );
  end if;

  perform private.change_tags(
    p_user_id => p_user_id, p_format => v_job.format, p_asset_id => p_asset_id,
    p_created_at => coalesce(v_image.created_at, v_video.created_at),
    p_add => p_add_tags, p_remove => p_remove_tags, p_most => p_most_tags, p_most_own => p_most_own_tags
  );
  if v_video.id is not null then
    update public.videos
    set saved = coalesce(p_saved, saved), preferred = coalesce(p_preferred, preferred), title = coalesce(p_title, title)
    where id = p_asset_id
    returning * into v_video;
    return private.video_view(v_video, v_job);
  end if;
  if p_preferred then
    update public.images set preferred = false where job_id = v_job.id and preferred and id <> p_asset_id;
  end if;
  update public.images
  set saved = coalesce(p_saved, saved), preferred = coalesce(p_preferred, preferred), title = coalesce(p_title, title)
  where id = p_asset_id
  returning * into v_image;
  return private.image_view(v_image, v_job);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.update_assets(p_job jobs, p_assets jsonb)
 RETURNS TABLE(index smallint, status text, id uuid)
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
#variable_conflict use_column
begin
  if p_job.format = 'video' then
    return query
    update public.videos as video
    set status = report.status,
        video_url = coalesce(report.url, video.video_url),
        thumbnail_url = coalesce(report.thumbnail_url, video.thumbnail_url),
        title = coalesce(report.title, video.title),
        metadata = video.metadata || coalesce(report.metadata, '{}'),
        completed_at = now()
    from jsonb_to_recordset(p_assets)
      as report (index smallint, status text, url text, thumbnail_url text, title text, metadata jsonb)
    where video.job_id = p_job.id and report.index = 0 and video.status in ('queued', 'processing')
    returning report.index, video.status, video.id;
  else
    return query
    update public.images as image
    set status = report.status,
        image_url = coalesce(report.url, image.image_url),
        thumbnail_url = coalesce(report.thumbnail_url, image.thumbnail_url),
        title = coalesce(report.title, image.title),
        metadata = image.metadata || coalesce(report.metadata, '{}'),
        completed_at = now()
    from jsonb_to_recordset(p_assets)
      as report (index smallint, status text, url text, thumbnail_url text, title text, metadata jsonb)
    where image.job_id = p_job.id and image.image_index = report.index and image.status in ('queued', 'processing')
    returning report.index, image.status, image.id;
  end if;
end
$function$

CREATE OR REPLACE FUNCTION public.update_project(p_user_id uuid, p_project_id uuid, p_changes jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_project public.projects;
begin
  perform private.require_edge();
  update public.projects as project
  set title = case when p_changes ? 'title' then p_changes ->> 'title' else project.title end,
      original_prompt = case
        when p_changes ? 'original_prompt' then p_changes ->> 'original_prompt' else project.original_prompt
      end,
      enhanced_prompt = case
        when p_changes ? 'enhanced_prompt' then p_changes ->> 'enhanced_prompt' else project.enhanced_prompt
      end,
      character_id = case
        when p_changes ? 'character_id' then (p_changes ->> 'character_id')::uuid else project.character_id
      end,
      updated_at = now()
  where project.id = p_project_id and project.user_id = p_user_id
  returning * into v_project;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  return private.project_view(v_project);
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION public.use_api_key(p_digest text)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  v_key private.api_keys;
begin
  perform private.require_edge();
  select * into v_key from private.api_keys
  where digest = p_digest and (expires_at is null or expires_at > now());
  if not found then
    return null;
  end if;
  if coalesce(v_key.last_used_at, '-infinity') < now() - interval '1 minute' then
    update private.api_keys set last_used_at = now()
    where id = (select id from private.api_keys where id = v_key.id for no key update skip locked);
  end if;
  return jsonb_build_object(
    'id', v_key.id,
    'user_id', v_key.user_id,
    'scopes', to_jsonb(v_key.scopes),
    'expires_at_s', floor(extract(epoch from v_key.expires_at))::bigint
  );
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.use_reference(p_upload private.reference_uploads, p_seen jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  -- As long as what tells of a job is kept. No job waits and runs for so long, so none loses what it needs.
  c_kept constant interval := interval '30 days';
  -- Put off once a day, or a busy reference would be a hot row.
  c_precision constant interval := interval '1 day';
begin
  if p_upload.expires_at > now() + c_kept - c_precision and (p_upload.width is not null or p_seen is null) then
    return;
  end if;
  update private.reference_uploads
  set expires_at = now() + c_kept,
      width = coalesce(width, (p_seen ->> 'width')::integer),
      height = coalesce(height, (p_seen ->> 'height')::integer),
      etag = coalesce(etag, p_seen ->> 'etag')
  where key = p_upload.key;
end
$function$

CREATE OR REPLACE FUNCTION private.users_with_webhooks(p_from uuid, p_limit integer)
 RETURNS uuid[]
 LANGUAGE sql
 STABLE
AS $function$
  with recursive owner as (
    (
      select pending.user_id, 1 as nth
      from public.webhook_deliveries as pending
      where pending.status = 'pending' and pending.user_id >= p_from
      order by pending.user_id
      limit 1
    )
    union all
    select (
      select pending.user_id
      from public.webhook_deliveries as pending
      where pending.status = 'pending' and pending.user_id > owner.user_id
      order by pending.user_id
      limit 1
    ), owner.nth + 1
    from owner
    where owner.user_id is not null and owner.nth < p_limit
  )
  select coalesce(array_agg(owner.user_id), '{}') from owner where owner.user_id is not null
$function$

CREATE OR REPLACE FUNCTION private.video_page(p_user_id uuid, p_saved boolean, p_project_id uuid, p_tag text, p_words text[], p_from timestamp with time zone, p_until timestamp with time zone, p_oldest boolean, p_behind timestamp with time zone, p_behind_id uuid, p_limit integer)
 RETURNS SETOF videos
 LANGUAGE plpgsql
 STABLE ROWS 50
 SET search_path TO ''
AS $function$
begin
  return query execute format(
    $query$
      select video.* from %4$s
      where %5$s.user_id = $1 and video.status = 'completed' and %1$s
        and %5$s.created_at >= $5 and %5$s.created_at < $6 and (%5$s.created_at, %6$s) %2$s ($7, $8)
        and ($3 is null or video.project_id = $3)
        and ($4 is null or private.has_words(p_job_id => video.job_id, p_title => video.title, p_words => $4))
      order by %5$s.created_at %3$s, %6$s %3$s limit $9
    $query$,
    case when p_saved is null then 'true' else 'video.saved = $2' end,
    case when p_oldest then '>' else '<' end,
    case when p_oldest then 'asc' else 'desc' end,
    case
      when p_tag is null then 'public.videos as video'
      else 'private.video_tags as tagged join public.videos as video on video.id = tagged.video_id and tagged.tag = $10'
    end,
    case when p_tag is null then 'video' else 'tagged' end,
    case when p_tag is null then 'video.id' else 'tagged.video_id' end
  ) using
    p_user_id, p_saved, p_project_id, p_words, p_from, p_until, p_behind, p_behind_id, p_limit, p_tag;
end
$function$

CREATE OR REPLACE FUNCTION private.video_view(p_video videos, p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_video.id,
    'job_id', p_video.job_id,
    'kind', 'video',
    'job_type', p_job.job_type,
    'image_index', 0,
    'status', private.asset_status(p_video.status, p_job.status),
    'title', p_video.title,
    -- What is not finished has none, and need not be looked up.
    'tags', case when p_video.status = 'completed' then private.tags_of_video(p_video.id) else '[]' end,
    'url', p_video.video_url,
    'thumbnail_url', p_video.thumbnail_url,
    'saved', p_video.saved,
    'preferred', p_video.preferred,
    'metadata', private.asset_metadata(
      p_metadata => p_video.metadata, p_status => p_video.status, p_job => p_job
    ),
    'created_at', private.rfc3339(p_video.created_at)
  )
$function$

CREATE OR REPLACE FUNCTION private.waiting_users(p_queue text, p_from uuid, p_limit integer)
 RETURNS uuid[]
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
begin
  return (
    with recursive owner as (
      (
        select waiting.user_id, 1 as nth
        from public.jobs as waiting
        where waiting.queue = p_queue and waiting.status = 'queued' and waiting.user_id >= p_from
        order by waiting.user_id
        limit 1
      )
      union all
      select (
        select waiting.user_id
        from public.jobs as waiting
        where waiting.queue = p_queue and waiting.status = 'queued' and waiting.user_id > owner.user_id
        order by waiting.user_id
        limit 1
      ), owner.nth + 1
      from owner
      where owner.user_id is not null and owner.nth < p_limit
    )
    select coalesce(array_agg(owner.user_id), '{}') from owner where owner.user_id is not null
  );
end
$function$

CREATE OR REPLACE FUNCTION private.waits_since(p_created_at timestamp with time zone, p_expedited boolean)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select p_created_at - case when p_expedited then interval '1 day' else interval '0' end
$function$

CREATE OR REPLACE FUNCTION private.webhook_delivery_view(p_delivery webhook_deliveries)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_delivery.id,
    'job_id', p_delivery.job_id,
    'event', p_delivery.event,
    'url', p_delivery.url,
    'status', p_delivery.status,
    'attempts', p_delivery.attempts,
    'next_attempt_at', case p_delivery.status when 'pending' then private.rfc3339(p_delivery.next_attempt_at) end,
    'last_attempt_at', private.rfc3339(p_delivery.last_attempt_at),
    'last_status', p_delivery.last_status,
    'last_error', p_delivery.last_error,
    'created_at', private.rfc3339(p_delivery.created_at),
    'delivered_at', private.rfc3339(p_delivery.delivered_at)
  )
$function$

CREATE OR REPLACE FUNCTION private.webhook_delivery_view_of_operators(p_delivery webhook_deliveries)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select private.webhook_delivery_view(p_delivery) || jsonb_build_object(
    'user_id', p_delivery.user_id,
    'url', substring(p_delivery.url from '^[a-z]+://[^/?#]+')
  )
$function$

CREATE OR REPLACE FUNCTION private.webhook_job(p_job jobs)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select jsonb_build_object(
    'id', p_job.id,
    'status', p_job.status,
    'job_type', p_job.job_type,
    'project_id', p_job.project_id,
    'retry_of', p_job.retry_of,
    'error_code', p_job.error_code,
    'error_message', p_job.error_message,
    'credits_charged', p_job.charged,
    'created_at', private.rfc3339(p_job.created_at),
    'completed_at', private.rfc3339(p_job.completed_at),
    'assets', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', asset.id, 'kind', p_job.format, 'image_index', asset.image_index, 'status', asset.status,
        'url', asset.url, 'thumbnail_url', asset.thumbnail_url
      ) order by asset.image_index), '[]')
      from (
        select id, image_index, status, image_url as url, thumbnail_url from public.images where job_id = p_job.id
        union all
        select id, 0, status, video_url, thumbnail_url from public.videos where job_id = p_job.id
      ) as asset
    )
  )
$function$

CREATE OR REPLACE FUNCTION private.webhook_overlap()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select interval '24 hours'
$function$

CREATE OR REPLACE FUNCTION public.webhook_secret(p_user_id uuid, p_rotate boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  -- Together with the present one, fewer than the signatures that receivers look at.
  c_most_retired constant integer := 4;
  v_is_new boolean;
  v_current private.webhook_secrets;
  v_reply jsonb;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  if p_rotate then
    -- One at a time: the second waits here, and retires what the first has made.
    perform from public.profiles where id = p_user_id for no key update;
  end if;
  v_is_new := not exists (select from private.webhook_secrets where user_id = p_user_id and retired_at is null);
  perform private.open_webhook_secrets(array[p_user_id]);
  -- What nobody has seen needs no successor.
  if p_rotate and not v_is_new then
    update private.webhook_secrets set retired_at = clock_timestamp() where user_id = p_user_id and retired_at is null;
    insert into private.webhook_secrets (user_id, secret) values (p_user_id, private.fresh_webhook_secret());
    delete from private.webhook_secrets
    where user_id = p_user_id and retired_at < now() - private.webhook_overlap();
    delete from private.webhook_secrets as old
    using (
      select id from private.webhook_secrets
      where user_id = p_user_id and retired_at is not null
      order by retired_at desc, id desc offset c_most_retired
    ) as surplus
    where old.id = surplus.id and old.user_id = p_user_id;
  end if;
  select * into strict v_current from private.webhook_secrets where user_id = p_user_id and retired_at is null;
  select jsonb_build_object(
    'secret', v_current.secret,
    'created_at', private.rfc3339(v_current.created_at),
    'previous_until', private.rfc3339(max(retired_at) + private.webhook_overlap())
  )
  into v_reply
  from private.webhook_secrets
  where user_id = p_user_id and retired_at > now() - private.webhook_overlap();
  return v_reply;
end
$function$
-- for ourvidz_edge

CREATE OR REPLACE FUNCTION private.webhook_secrets_of(p_user_id uuid)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(jsonb_agg(secret order by id desc), '[]')
  from private.webhook_secrets
  where user_id = p_user_id and (retired_at is null or retired_at > now() - private.webhook_overlap())
$function$

CREATE OR REPLACE FUNCTION private.with_open_assets(p_job jobs, p_assets jsonb, p_status text)
 RETURNS jsonb
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO ''
AS $function$
declare
  v_assets jsonb := p_assets;
begin
  if p_status in ('completed', 'failed', 'canceled') then
    for v_index in 0..p_job.num_assets - 1 loop
      if not p_assets @> jsonb_build_array(jsonb_build_object('index', v_index)) then
        v_assets := v_assets || jsonb_build_object(
          'index', v_index, 'status', case p_status when 'canceled' then 'canceled' else 'failed' end
        );
      end if;
    end loop;
  end if;
  return v_assets;
end
$function$

CREATE OR REPLACE FUNCTION private.with_spread(p_queue private.queue_outlook)
 RETURNS private.queue_outlook
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  v_newest timestamptz;
begin
  select sum(counted.amount * expected.milliseconds) into p_queue.milliseconds
  from private.measured_totals as counted
  join private.expected_times as expected
    on expected.job_type = counted.label and expected.num_assets::text = counted.detail
  where counted.metric in ('jobs_submitted', 'jobs_waiting') and private.queue_of(counted.label) = p_queue.queue;
  select created_at into p_queue.oldest from public.jobs
  where queue = p_queue.queue and status = 'queued' order by created_at, id limit 1;
  select created_at into v_newest from public.jobs
  where queue = p_queue.queue and status = 'queued' order by created_at desc, id desc limit 1;
  p_queue.spread_seconds := extract(epoch from v_newest - p_queue.oldest)
    + private.turn_seconds() * p_queue.jobs / coalesce(
      (select waiting_users from private.queue_settings where queue = p_queue.queue),
      private.number_of_users(p_queue.queue)
    );
  return p_queue;
end
$function$

CREATE OR REPLACE FUNCTION private.worker_metrics()
 RETURNS SETOF jsonb
 LANGUAGE plpgsql
 STABLE
 SET search_path TO ''
AS $function$
declare
  -- Machines come and go under new names; a day later nobody asks for the old ones.
  c_remembered constant interval := interval '1 day';
  c_most constant integer := 500;
begin
  return query
  select private.metric(
    p_name => figure.name, p_value => figure.value, p_labels => jsonb_build_object('worker', worker.worker_id)
  )
  from (
    select * from private.workers where last_seen_at > now() - c_remembered order by last_seen_at desc limit c_most
  ) as worker
  cross join lateral (values
    ('worker_seen_seconds', private.seconds_since(worker.last_seen_at)::numeric),
    (
      'worker_up_seconds',
      case when private.is_live(worker.last_seen_at) then private.seconds_since(worker.up_since) end
    ),
    ('worker_gpu_memory_used_bytes', case when private.is_live(worker.last_seen_at) then worker.gpu_used_bytes end),
    ('worker_gpu_memory_total_bytes', case when private.is_live(worker.last_seen_at) then worker.gpu_total_bytes end),
    ('worker_paused', worker.paused::integer)
  ) as figure (name, value)
  where figure.value is not null;
end
$function$

CREATE OR REPLACE FUNCTION private.worker_payload(p_job jobs, p_stored jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select p_stored || jsonb_build_object(
    'id', p_job.id,
    'type', p_job.job_type,
    'user_id', p_job.user_id,
    -- With the words of its style, which are the payload's alone.
    'prompt', p_job.prompt || coalesce(p_stored ->> 'prompt_suffix', ''),
    'created_at', p_job.metadata -> 'generation_timestamp',
    'image_id', p_job.image_id,
    'video_id', p_job.video_id,
    'character_id', p_job.metadata -> 'character_id',
    'model_variant', p_job.metadata -> 'model_variant',
    'bucket', p_job.metadata -> 'bucket',
    'metadata', p_job.metadata
  ) || jsonb_strip_nulls(jsonb_build_object('negative_prompt', p_job.metadata -> 'negative_prompt'))
$function$

CREATE OR REPLACE FUNCTION private.worker_seen_seconds(p_queue text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select private.seconds_since(max(worker.last_seen_at))
  from private.workers as worker where p_queue = any (worker.queues)
$function$
