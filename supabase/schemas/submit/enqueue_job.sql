-- A job, its assets, its price and its hint, all or nothing.
--
-- The functions of a request's hot path keep their plans: with arrays as arguments Postgres would take a plan made
-- for each call for the better one and spend an eighth of the time on making it.
create function public.enqueue_job(
  p_user_id uuid, p_job_id uuid, p_job_type text, p_prompt text, p_num_assets smallint, p_price_each integer,
  p_metadata jsonb, p_payload jsonb, p_fingerprint text,
  p_starting_credits bigint, p_max_active integer, p_max_per_minute integer, p_max_queued integer,
  p_project_id uuid default null, p_image_id uuid default null, p_video_id uuid default null,
  p_retry_of uuid default null, p_priority smallint default 0::smallint,
  p_idempotency_key text default null,
  p_webhook_url text default null, p_webhook_events text[] default '{}', p_api_key_id uuid default null,
  p_seen jsonb default null
) returns jsonb
language plpgsql security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
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
$$;

revoke all on function public.enqueue_job from public, anon, authenticated, service_role;
grant execute on function public.enqueue_job to ourvidz_edge;
