-- Submitting: a job, its assets, its price and its hint, all or nothing.

-- How many wait before a job and when it should be done. A position is where the queue's order puts the job;
-- fairness between users may serve it earlier or later.
create function private.outlook(p_job public.jobs, out place integer, out eta_seconds integer)
language plpgsql stable
set search_path = ''
as $$
declare
  v_own_ms bigint;
  v_ahead_ms bigint;
  v_running_ms bigint;
  v_workers integer;
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

  select count(*) + 1, coalesce(sum(expected.milliseconds), 0)
  into place, v_ahead_ms
  from public.jobs as ahead
  join private.expected_times as expected using (job_type, num_assets)
  where ahead.queue = p_job.queue
    and ahead.status = 'queued'
    and ((-ahead.priority), ahead.created_at, ahead.id) < ((-p_job.priority), p_job.created_at, p_job.id);

  -- Without knowing better, what runs is taken to be half done.
  select coalesce(sum(expected.milliseconds), 0) / 2 into v_running_ms
  from public.jobs as running
  join private.expected_times as expected using (job_type, num_assets)
  where running.queue = p_job.queue and running.status = 'processing';

  select greatest(count(*), 1) into v_workers
  from private.workers as worker
  where p_job.queue = any (worker.queues) and not worker.paused
    and worker.last_seen_at > now() - interval '2 minutes';

  eta_seconds := ceil(((v_ahead_ms + v_running_ms) / v_workers + v_own_ms) / 1000.0);
end
$$;

create function private.job_row(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'version', p_job.version,
    'progress', p_job.progress,
    'num_assets', p_job.num_assets,
    'cancel_requested', p_job.cancel_requested,
    'metadata', p_job.metadata,
    'created_at', private.rfc3339(p_job.created_at)
  )
$$;

-- The answer to a submit, the first time and each time after.
create function private.enqueued(p_job public.jobs, p_replayed boolean, p_max_per_minute integer) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_minute timestamptz := date_trunc('minute', clock_timestamp());
  v_used integer;
  v_outlook record;
begin
  select case when account.window_start = v_minute then account.window_jobs else 0 end into v_used
  from private.accounts as account where account.user_id = p_job.user_id;
  select * into v_outlook from private.outlook(p_job);
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
    'position', v_outlook.place,
    'eta_seconds', v_outlook.eta_seconds,
    'remaining', greatest(p_max_per_minute - v_used, 0),
    'reset_seconds', ceil(extract(epoch from v_minute + interval '1 minute' - clock_timestamp()))
  );
end
$$;

-- The job that an idempotency key made before, if any; refuses the key for another request.
create function private.job_of_key(p_user_id uuid, p_key text, p_fingerprint text) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs where user_id = p_user_id and idempotency_key = p_key;
  if found and v_job.fingerprint <> p_fingerprint then
    perform private.refuse(422, 'idempotency_mismatch');
  end if;
  return v_job;
end
$$;

-- Lets one request at a time work on an idempotency key. The second waits for the first, but not for long: it
-- holds a connection of the pool meanwhile.
create function private.lock_key(p_user_id uuid, p_key text) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_before text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '2s', true);
  begin
    perform pg_advisory_xact_lock(hashtextextended(p_user_id::text || p_key, 0));
  exception when lock_not_available then
    perform private.refuse(409, 'idempotency_in_progress', '{"retryAfterSeconds": 2}');
  end;
  perform set_config('lock_timeout', v_before, true);
end
$$;

create function private.check_ownership(
  p_user_id uuid, p_project_id uuid, p_image_id uuid, p_video_id uuid, p_retry_of uuid
) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_field text;
begin
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
    perform private.refuse(404, 'not_found', jsonb_build_object('field', v_field));
  end if;
end
$$;

-- Refuses a submit that is over a limit. The account must be locked, or two at once would both pass.
create function private.check_limits(
  p_account private.accounts, p_queue text, p_minute timestamptz,
  p_max_active integer, p_max_per_minute integer, p_max_queued integer
) returns void
language plpgsql
set search_path = ''
as $$
declare
  -- After this long an unfinished job may well have ended, or a worker taken something from a full queue.
  c_try_again_seconds constant integer := 30;
begin
  if p_account.window_start = p_minute and p_account.window_jobs >= p_max_per_minute then
    perform private.refuse(429, 'rate_limited', jsonb_build_object(
      'limit', p_max_per_minute,
      'retryAfterSeconds', ceil(extract(epoch from p_minute + interval '1 minute' - clock_timestamp()))
    ));
  end if;
  if (
    select count(*) from (
      select from public.jobs
      where user_id = p_account.user_id and status in ('queued', 'processing')
      limit p_max_active
    ) as unfinished
  ) >= p_max_active then
    perform private.refuse(429, 'too_many_active_jobs', jsonb_build_object(
      'limit', p_max_active, 'retryAfterSeconds', c_try_again_seconds
    ));
  end if;
  -- Counting up to the limit costs no more than the limit, and no row that everybody updates.
  if (
    select count(*) from (
      select from public.jobs where queue = p_queue and status = 'queued' limit p_max_queued
    ) as waiting
  ) >= p_max_queued then
    perform private.refuse(503, 'queue_full', jsonb_build_object('retryAfterSeconds', c_try_again_seconds));
  end if;
end
$$;

-- Moves a job's price from what can be spent to what is held.
create function private.hold_price(p_job public.jobs, p_available bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_price bigint := p_job.price_each::bigint * p_job.num_assets;
  v_event_id bigint;
begin
  if p_available < v_price then
    perform private.refuse(402, 'insufficient_credits', jsonb_build_object(
      'required', v_price, 'balance', p_available
    ));
  end if;
  insert into private.credit_events (kind, user_id, job_id) values ('hold', p_job.user_id, p_job.id)
  returning id into v_event_id;
  perform private.post(v_event_id, p_job.user_id, 'available', 'held', v_price);
  insert into private.credit_holds (job_id, asset_index, user_id, amount)
  select p_job.id, place, p_job.user_id, p_job.price_each from generate_series(0, p_job.num_assets - 1) as place;
end
$$;

create function private.insert_assets(p_job public.jobs) returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_job.format = 'video' then
    insert into public.videos (job_id, user_id, project_id, prompt, quality)
    values (p_job.id, p_job.user_id, p_job.project_id, p_job.prompt, p_job.quality);
  else
    insert into public.images (job_id, user_id, project_id, image_index, prompt, quality)
    select p_job.id, p_job.user_id, p_job.project_id, place, p_job.prompt, p_job.quality
    from generate_series(0, p_job.num_assets - 1) as place;
  end if;
end
$$;

-- The functions of a request's hot path keep their plans: with arrays as arguments Postgres would take a plan made
-- for each call for the better one and spend an eighth of the time on making it.
create function public.enqueue_job(
  p_user_id uuid, p_job_id uuid, p_job_type text, p_prompt text, p_num_assets smallint, p_price_each integer,
  p_metadata jsonb, p_payload jsonb, p_fingerprint text,
  p_starting_credits bigint, p_max_active integer, p_max_per_minute integer, p_max_queued integer,
  p_project_id uuid default null, p_image_id uuid default null, p_video_id uuid default null,
  p_retry_of uuid default null, p_priority smallint default 0::smallint,
  p_idempotency_key text default null,
  p_webhook_url text default null, p_webhook_events text[] default '{}', p_usage jsonb default '{}'
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  v_minute timestamptz;
  v_account private.accounts;
  v_job public.jobs;
begin
  perform private.require_edge();

  -- A known key answers before any limit: the first request has passed them already.
  if p_idempotency_key is not null then
    v_job := private.job_of_key(p_user_id, p_idempotency_key, p_fingerprint);
    if v_job.id is null then
      perform private.lock_key(p_user_id, p_idempotency_key);
      v_job := private.job_of_key(p_user_id, p_idempotency_key, p_fingerprint);
    end if;
    if v_job.id is not null then
      return private.enqueued(v_job, true, p_max_per_minute);
    end if;
  end if;

  v_account := private.open_account(p_user_id, p_starting_credits);
  -- The edge asks again with the same id when the answer to a commit was lost.
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id;
  if found then
    return private.enqueued(v_job, false, p_max_per_minute);
  end if;

  v_minute := date_trunc('minute', clock_timestamp());
  perform private.check_ownership(p_user_id, p_project_id, p_image_id, p_video_id, p_retry_of);
  perform private.check_limits(
    v_account, case when p_job_type like 'sdxl\_%' then 'sdxl_queue' else 'wan_queue' end, v_minute,
    p_max_active, p_max_per_minute, p_max_queued
  );

  insert into public.jobs (
    id, user_id, project_id, image_id, video_id, retry_of, job_type, prompt, metadata, num_assets, price_each,
    priority, idempotency_key, fingerprint, webhook_url, webhook_events
  ) values (
    p_job_id, p_user_id, p_project_id, p_image_id, p_video_id, p_retry_of, p_job_type, p_prompt,
    coalesce(p_metadata, '{}'), p_num_assets, p_price_each, coalesce(p_priority, 0::smallint), p_idempotency_key,
    p_fingerprint, p_webhook_url, coalesce(p_webhook_events, '{}')
  ) returning * into v_job;

  perform private.hold_price(v_job, v_account.available);
  update private.accounts
  set available = available - v_job.price_each::bigint * v_job.num_assets,
      held = held + v_job.price_each::bigint * v_job.num_assets,
      total_jobs = total_jobs + 1,
      window_jobs = case when window_start = v_minute then window_jobs else 0 end + 1,
      window_start = v_minute
  where user_id = p_user_id;

  perform private.insert_assets(v_job);
  insert into private.job_payloads (job_id, payload) values (v_job.id, p_payload);
  insert into public.usage_logs (user_id, job_id, action, format, quality, credits_consumed, metadata)
  values (
    p_user_id, v_job.id, v_job.job_type, v_job.format, v_job.quality, v_job.price_each::bigint * v_job.num_assets,
    coalesce(p_usage, '{}') || jsonb_build_object(
      'job_id', v_job.id, 'project_id', p_project_id, 'image_id', p_image_id, 'video_id', p_video_id
    )
  );
  perform private.add_event(
    p_user_id, v_job.id, 'queued', jsonb_build_object('status', 'queued', 'attempt', v_job.attempt)
  );
  perform private.put_in_outbox(v_job, true);
  return private.enqueued(v_job, false, p_max_per_minute);
end
$$;

create function public.mark_pushed(p_job_id uuid, p_attempt integer) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  update private.outbox
  set pushed_at = clock_timestamp(), pushes = pushes + 1
  where job_id = p_job_id and attempt = p_attempt;
end
$$;

create function public.account_of(p_user_id uuid, p_starting_credits bigint) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
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
$$;

revoke all on function public.enqueue_job, public.mark_pushed, public.account_of
  from public, anon, authenticated, service_role;
grant execute on function public.enqueue_job, public.mark_pushed, public.account_of to ourvidz_edge;
call private.close();
