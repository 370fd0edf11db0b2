-- table public.images
  id uuid not null default gen_random_uuid()
  job_id uuid not null
  user_id uuid not null
  project_id uuid
  image_index smallint not null
  title text
  quality text not null
  status text not null default 'queued'::text
  image_url text
  thumbnail_url text
  metadata jsonb not null default '{}'::jsonb
  saved boolean not null default false
  preferred boolean not null default false
  created_at timestamp with time zone not null default now()
  completed_at timestamp with time zone
  updated_at timestamp with time zone not null default now()
  constraint CHECK (((image_index >= 0) AND (image_index <= 5)))
  constraint CHECK (((status <> 'completed'::text) OR (image_url IS NOT NULL)))
  constraint CHECK ((jsonb_typeof(metadata) = 'object'::text))
  constraint CHECK ((quality = ANY (ARRAY['fast'::text, 'high'::text])))
  constraint CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'canceled'::text])))
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE SET NULL
  constraint PRIMARY KEY (id)
  constraint UNIQUE (job_id, image_index)
  CREATE INDEX images_of_project ON public.images USING btree (project_id) WHERE (project_id IS NOT NULL)
  CREATE INDEX images_of_user ON public.images USING btree (user_id, created_at DESC, id DESC) WHERE (status = 'completed'::text)
  CREATE INDEX images_of_user_by_saved ON public.images USING btree (user_id, saved, created_at DESC, id DESC) WHERE (status = 'completed'::text)
  CREATE UNIQUE INDEX images_preferred ON public.images USING btree (job_id) WHERE preferred
  CREATE TRIGGER guard BEFORE UPDATE ON public.images FOR EACH ROW EXECUTE FUNCTION private.guard_asset()
  CREATE TRIGGER guard_new BEFORE INSERT ON public.images FOR EACH ROW WHEN ((new.status <> 'queued'::text)) EXECUTE FUNCTION private.guard_asset()
  CREATE TRIGGER measure_deleted_assets AFTER DELETE ON public.images REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION private.measure_deleted_assets()
  CREATE TRIGGER measure_finished_assets AFTER UPDATE ON public.images REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION private.measure_finished_assets()
  policy own_images for select to authenticated using (user_id = ( SELECT private.caller_id() AS caller_id))
  grant select to authenticated

-- table public.job_events
  user_id uuid not null
  position bigint not null
  job_id uuid not null
  seq integer not null
  kind text not null
  data jsonb not null default '{}'::jsonb
  created_at timestamp with time zone not null default now()
  constraint CHECK ((jsonb_typeof(data) = 'object'::text))
  constraint CHECK ((kind = ANY (ARRAY['queued'::text, 'processing'::text, 'progress'::text, 'asset'::text, 'completed'::text, 'failed'::text, 'canceled'::text, 'requeued'::text])))
  constraint CHECK ((seq >= 1))
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (user_id, "position")
  constraint UNIQUE (job_id, seq)
  CREATE INDEX job_events_age ON public.job_events USING brin (created_at)
  policy own_job_events for select to authenticated using (user_id = ( SELECT private.caller_id() AS caller_id))
  grant select to authenticated

-- view public.job_image_urls with (security_invoker=true)
  job_id uuid
  user_id uuid
  image_urls text[]
 SELECT job_id,
    user_id,
    array_agg(image_url ORDER BY image_index) AS image_urls
   FROM images
  WHERE status = 'completed'::text
  GROUP BY job_id, user_id;
  grant select to authenticated

-- table public.jobs
  id uuid not null
  user_id uuid not null
  project_id uuid
  image_id uuid
  video_id uuid
  retry_of uuid
  job_type text not null
  format text not null generated private.format_of(job_type)
  quality text not null generated private.quality_of(job_type)
  model_type text not null generated job_type
  queue text not null generated private.queue_of(job_type)
  prompt text not null
  metadata jsonb not null default '{}'::jsonb
  num_assets smallint not null
  price_each integer not null
  charged bigint not null default 0
  released bigint not null default 0
  granted boolean not null default false
  priority smallint not null default 0
  status text not null default 'queued'::text
  attempt integer not null default 1
  version bigint not null default 1
  progress smallint not null default 0
  cancel_requested boolean not null default false
  error_code text
  error_message text
  idempotency_key text
  fingerprint text not null
  webhook_url text
  webhook_events text[] not null default '{}'::text[]
  created_at timestamp with time zone not null default now()
  queued_at timestamp with time zone not null default now()
  started_at timestamp with time zone
  completed_at timestamp with time zone
  updated_at timestamp with time zone not null default now()
  progress_at_cancel smallint
  releases integer not null default 0
  api_key_id uuid
  expedited boolean not null default false
  constraint CHECK (((charged + released) <= ((price_each)::bigint * num_assets)))
  constraint CHECK (((completed_at IS NULL) OR ((charged + released) = ((price_each)::bigint * num_assets))))
  constraint CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255)))
  constraint CHECK (((length(prompt) >= 1) AND (length(prompt) <= 2000)))
  constraint CHECK (((priority >= '-10'::integer) AND (priority <= 10)))
  constraint CHECK (((progress >= 0) AND (progress <= 100)))
  constraint CHECK (((progress_at_cancel >= 0) AND (progress_at_cancel <= 100)))
  constraint CHECK (((status <> 'failed'::text) OR ((error_code IS NOT NULL) AND (error_message IS NOT NULL))))
  constraint CHECK (((status = ANY (ARRAY['completed'::text, 'failed'::text, 'canceled'::text])) = (completed_at IS NOT NULL)))
  constraint CHECK ((attempt >= 1))
  constraint CHECK ((charged >= 0))
  constraint CHECK ((jsonb_typeof(metadata) = 'object'::text))
  constraint CHECK ((price_each > 0))
  constraint CHECK ((released >= 0))
  constraint CHECK ((releases >= 0))
  constraint CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'canceled'::text])))
  constraint CHECK (private.can_be_ordered(job_type, num_assets))
  constraint FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE SET NULL
  constraint FOREIGN KEY (retry_of) REFERENCES jobs(id) ON DELETE SET NULL
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (id)
  CREATE INDEX jobs_expedited ON public.jobs USING btree (queue, created_at, id) WHERE ((status = 'queued'::text) AND expedited)
  CREATE INDEX jobs_failed ON public.jobs USING btree (queue, completed_at DESC, id DESC) WHERE (status = 'failed'::text)
  CREATE INDEX jobs_of_project ON public.jobs USING btree (project_id) WHERE (project_id IS NOT NULL)
  CREATE INDEX jobs_of_user ON public.jobs USING btree (user_id, created_at DESC, id DESC)
  CREATE INDEX jobs_of_user_by_status ON public.jobs USING btree (user_id, status, created_at DESC, id DESC)
  CREATE INDEX jobs_retries ON public.jobs USING btree (retry_of) WHERE (retry_of IS NOT NULL)
  CREATE INDEX jobs_running ON public.jobs USING btree (queue, user_id) INCLUDE (job_type, num_assets) WHERE (status = 'processing'::text)
  CREATE INDEX jobs_started ON public.jobs USING btree (queue, started_at DESC) WHERE (started_at IS NOT NULL)
  CREATE INDEX jobs_waiting ON public.jobs USING btree (queue, created_at, id) WHERE (status = 'queued'::text)
  CREATE INDEX jobs_waiting_of_user ON public.jobs USING btree (queue, user_id, expedited DESC, priority DESC, created_at, id) INCLUDE (job_type, num_assets) WHERE (status = 'queued'::text)
  CREATE INDEX jobs_waiting_since ON public.jobs USING btree (queued_at) WHERE (status = 'queued'::text)
  CREATE UNIQUE INDEX jobs_idempotency ON public.jobs USING btree (user_id, idempotency_key) WHERE (idempotency_key IS NOT NULL)
  CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON public.jobs FOR EACH ROW EXECUTE FUNCTION private.guard_job()
  CREATE TRIGGER inherit_webhook BEFORE INSERT ON public.jobs FOR EACH ROW WHEN (((new.retry_of IS NOT NULL) AND (new.webhook_url IS NULL))) EXECUTE FUNCTION private.inherit_webhook()
  CREATE TRIGGER measure AFTER UPDATE ON public.jobs FOR EACH ROW WHEN (((new.status <> old.status) OR (new.attempt <> old.attempt))) EXECUTE FUNCTION private.measure_job()
  CREATE TRIGGER measure_deleted AFTER DELETE ON public.jobs FOR EACH ROW WHEN ((old.status = 'queued'::text)) EXECUTE FUNCTION private.measure_job()
  CREATE TRIGGER measure_new AFTER INSERT ON public.jobs FOR EACH ROW EXECUTE FUNCTION private.measure_job()
  policy own_jobs for select to authenticated using (user_id = ( SELECT private.caller_id() AS caller_id))
  grant select to authenticated

-- table public.profiles
  id uuid not null
  display_name text
  created_at timestamp with time zone not null default now()
  constraint CHECK (((length(display_name) >= 1) AND (length(display_name) <= 100)))
  constraint PRIMARY KEY (id)
  policy own_profile for select to authenticated using (id = ( SELECT private.caller_id() AS caller_id))
  grant select (id, display_name, created_at) to authenticated

-- table public.projects
  id uuid not null default gen_random_uuid()
  user_id uuid not null
  title text
  original_prompt text
  enhanced_prompt text
  character_id uuid
  created_at timestamp with time zone not null default now()
  updated_at timestamp with time zone not null default now()
  constraint CHECK (((length(title) >= 1) AND (length(title) <= 200)))
  constraint CHECK ((length(enhanced_prompt) <= 2000))
  constraint CHECK ((length(original_prompt) <= 2000))
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (id)
  CREATE INDEX projects_of_user ON public.projects USING btree (user_id, created_at DESC, id DESC)
  policy own_projects for select to authenticated using (user_id = ( SELECT private.caller_id() AS caller_id))
  grant select to authenticated

-- view public.usage_logs with (security_invoker=true)
  id uuid
  user_id uuid
  job_id uuid
  action text
  format text
  quality text
  credits_consumed bigint
  metadata jsonb
  created_at timestamp with time zone
 SELECT id,
    user_id,
    id AS job_id,
    job_type AS action,
    format,
    quality,
        CASE
            WHEN completed_at IS NULL THEN price_each::bigint * num_assets
            ELSE charged
        END AS credits_consumed,
    jsonb_build_object('job_id', id, 'project_id', project_id, 'image_id', image_id, 'video_id', video_id, 'model_type', job_type, 'model_variant', metadata -> 'model_variant'::text, 'queue', queue, 'dual_worker_routing', metadata -> 'dual_worker_routing'::text, 'negative_prompt_supported', metadata -> 'negative_prompt_supported'::text, 'usage_timestamp', metadata -> 'generation_timestamp'::text) AS metadata,
    created_at
   FROM jobs job;
  grant select to authenticated

-- table public.videos
  id uuid not null default gen_random_uuid()
  job_id uuid not null
  user_id uuid not null
  project_id uuid
  title text
  quality text not null
  status text not null default 'queued'::text
  video_url text
  thumbnail_url text
  metadata jsonb not null default '{}'::jsonb
  saved boolean not null default false
  preferred boolean not null default false
  created_at timestamp with time zone not null default now()
  completed_at timestamp with time zone
  updated_at timestamp with time zone not null default now()
  constraint CHECK (((status <> 'completed'::text) OR (video_url IS NOT NULL)))
  constraint CHECK ((jsonb_typeof(metadata) = 'object'::text))
  constraint CHECK ((quality = ANY (ARRAY['fast'::text, 'high'::text])))
  constraint CHECK ((status = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'canceled'::text])))
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE SET NULL
  constraint PRIMARY KEY (id)
  constraint UNIQUE (job_id)
  CREATE INDEX videos_of_project ON public.videos USING btree (project_id) WHERE (project_id IS NOT NULL)
  CREATE INDEX videos_of_user ON public.videos USING btree (user_id, created_at DESC, id DESC) WHERE (status = 'completed'::text)
  CREATE INDEX videos_of_user_by_saved ON public.videos USING btree (user_id, saved, created_at DESC, id DESC) WHERE (status = 'completed'::text)
  CREATE TRIGGER guard BEFORE UPDATE ON public.videos FOR EACH ROW EXECUTE FUNCTION private.guard_asset()
  CREATE TRIGGER guard_new BEFORE INSERT ON public.videos FOR EACH ROW WHEN ((new.status <> 'queued'::text)) EXECUTE FUNCTION private.guard_asset()
  CREATE TRIGGER measure_deleted_assets AFTER DELETE ON public.videos REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION private.measure_deleted_assets()
  CREATE TRIGGER measure_finished_assets AFTER UPDATE ON public.videos REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION private.measure_finished_assets()
  policy own_videos for select to authenticated using (user_id = ( SELECT private.caller_id() AS caller_id))
  grant select to authenticated

-- table public.webhook_deliveries
  id uuid not null default gen_random_uuid()
  user_id uuid not null
  job_id uuid not null
  event text not null
  url text not null
  status text not null default 'pending'::text
  attempts integer not null default 0
  next_attempt_at timestamp with time zone not null default now()
  last_status integer
  last_error text
  created_at timestamp with time zone not null default now()
  delivered_at timestamp with time zone
  step smallint not null default 0
  last_attempt_at timestamp with time zone
  lease_id uuid
  constraint CHECK ((attempts >= 0))
  constraint CHECK ((event = ANY (ARRAY['completed'::text, 'failed'::text, 'canceled'::text])))
  constraint CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
  constraint CHECK ((step >= 0))
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (id)
  constraint UNIQUE (job_id, event)
  CREATE INDEX webhook_deliveries_age ON public.webhook_deliveries USING btree (created_at DESC, id DESC)
  CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (next_attempt_at) WHERE (status = 'pending'::text)
  CREATE INDEX webhook_deliveries_due_of_user ON public.webhook_deliveries USING btree (user_id, next_attempt_at) WHERE (status = 'pending'::text)
  CREATE INDEX webhook_deliveries_failed ON public.webhook_deliveries USING btree (created_at DESC, id DESC) WHERE (status = 'failed'::text)
  CREATE INDEX webhook_deliveries_of_user ON public.webhook_deliveries USING btree (user_id, created_at DESC, id DESC)
  CREATE INDEX webhook_deliveries_of_user_by_status ON public.webhook_deliveries USING btree (user_id, status, created_at DESC, id DESC)
  policy own_webhook_deliveries for select to authenticated using (user_id = ( SELECT private.caller_id() AS caller_id))
  grant select to authenticated

-- view public.workers
  queues text[]
  models text[]
  state text
  paused boolean
  last_seen_at timestamp with time zone
 SELECT queues,
    models,
    state,
    paused,
    last_seen_at
   FROM private.workers;
  grant select to authenticated

-- table private.accounts with (fillfactor=50)
  user_id uuid not null
  available bigint not null default 0
  held bigint not null default 0
  spent bigint not null default 0
  started boolean not null default false
  total_jobs bigint not null default 0
  event_seq bigint not null default 0
  window_start timestamp with time zone not null default '-infinity'::timestamp with time zone
  window_jobs integer not null default 0
  strikes integer not null default 0
  last_strike_at timestamp with time zone
  blocked_until timestamp with time zone
  suspended boolean not null default false
  constraint CHECK ((available >= 0))
  constraint CHECK ((held >= 0))
  constraint CHECK ((spent >= 0))
  constraint CHECK ((strikes >= 0))
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (user_id)
  CREATE INDEX accounts_with_strikes ON private.accounts USING btree (suspended DESC, last_strike_at DESC, user_id) WHERE (last_strike_at IS NOT NULL)

-- table private.admin_actions
  id bigint not null identity
  actor text not null
  action text not null
  queue text
  worker_id text
  job_id uuid
  user_id uuid
  reason text
  details jsonb not null default '{}'::jsonb
  created_at timestamp with time zone not null default now()
  constraint CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
  constraint CHECK ((action = ANY (ARRAY['pause'::text, 'resume'::text, 'purge'::text, 'redrive'::text, 'revoke'::text, 'expedite'::text, 'redeliver'::text])))
  constraint CHECK ((jsonb_typeof(details) = 'object'::text))
  constraint CHECK ((queue = ANY (ARRAY['sdxl_queue'::text, 'wan_queue'::text])))
  constraint PRIMARY KEY (id)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON private.admin_actions FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_audit_change()

-- table private.api_keys with (fillfactor=50)
  id uuid not null
  user_id uuid not null
  digest text not null
  prefix text not null
  name text not null
  scopes text[] not null
  monthly_limit bigint
  month date not null default '-infinity'::date
  spent bigint not null default 0
  created_at timestamp with time zone not null default now()
  expires_at timestamp with time zone
  last_used_at timestamp with time zone
  constraint CHECK (((length(name) >= 1) AND (length(name) <= 100)))
  constraint CHECK (((scopes <@ ARRAY['orders'::text, 'read'::text, 'webhooks'::text]) AND (cardinality(scopes) > 0)))
  constraint CHECK ((digest ~ '^[0-9a-f]{64}$'::text))
  constraint CHECK ((monthly_limit > 0))
  constraint CHECK ((prefix ~ '^ovz_[a-z2-7]{4}$'::text))
  constraint CHECK ((spent >= 0))
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (id)
  constraint UNIQUE (digest)
  CREATE INDEX api_keys_of_user ON private.api_keys USING btree (user_id, created_at DESC, id DESC)

-- table private.claims
  job_id uuid not null
  number integer not null
  started_at timestamp with time zone not null default now()
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (job_id, number)
  CREATE INDEX claims_age ON private.claims USING brin (started_at)

-- table private.credit_events
  id bigint not null identity
  kind text not null
  user_id uuid not null
  amount bigint not null
  job_id uuid
  actor text
  reason text
  request_id text
  created_at timestamp with time zone not null default now()
  constraint CHECK (((amount > 0) OR ((kind = 'grant'::text) AND (amount <> 0))))
  constraint CHECK (((kind = 'grant'::text) = (request_id IS NOT NULL)))
  constraint CHECK (((kind = ANY (ARRAY['hold'::text, 'charge'::text, 'release'::text, 'return'::text])) = (job_id IS NOT NULL)))
  constraint CHECK ((kind = ANY (ARRAY['starting'::text, 'grant'::text, 'hold'::text, 'charge'::text, 'release'::text, 'return'::text])))
  constraint FOREIGN KEY (user_id) REFERENCES private.accounts(user_id)
  constraint PRIMARY KEY (user_id, id)
  CREATE UNIQUE INDEX credit_events_grant_once ON private.credit_events USING btree (request_id) WHERE (request_id IS NOT NULL)
  CREATE UNIQUE INDEX credit_events_hold_once ON private.credit_events USING btree (job_id) WHERE (kind = 'hold'::text)
  CREATE UNIQUE INDEX credit_events_start_once ON private.credit_events USING btree (user_id) WHERE (kind = 'starting'::text)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON private.credit_events FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_ledger_change()
  CREATE TRIGGER measure_credits AFTER INSERT ON private.credit_events FOR EACH ROW EXECUTE FUNCTION private.measure_credits()

-- view private.credit_postings
  user_id uuid
  event_id bigint
  account text
  amount bigint
 SELECT user_id,
    id AS event_id,
    account,
    amount
   FROM private.credit_events event
     JOIN private.credit_kinds() movement(kind, source, target) ON kind = kind
     CROSS JOIN LATERAL ( VALUES (source,- amount), (target,amount)) leg(account, amount);

-- table private.deleted_assets
  asset_id uuid not null
  user_id uuid not null
  deleted_at timestamp with time zone not null default now()
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (asset_id)
  CREATE INDEX deleted_assets_age ON private.deleted_assets USING brin (deleted_at)

-- table private.event_tickets
  digest text not null
  user_id uuid not null
  expires_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  stream_id uuid
  api_key_id uuid
  constraint CHECK ((digest ~ '^[0-9a-f]{64}$'::text))
  constraint FOREIGN KEY (api_key_id) REFERENCES private.api_keys(id) ON DELETE CASCADE
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (digest)
  CREATE INDEX event_tickets_ended ON private.event_tickets USING btree (ends_at)
  CREATE INDEX event_tickets_of_key ON private.event_tickets USING btree (api_key_id) WHERE (api_key_id IS NOT NULL)
  CREATE INDEX event_tickets_unused ON private.event_tickets USING btree (expires_at) WHERE (stream_id IS NULL)
  CREATE INDEX event_tickets_unused_of_user ON private.event_tickets USING btree (user_id, expires_at) WHERE (stream_id IS NULL)

-- table private.expected_times
  job_type text not null
  num_assets smallint not null
  milliseconds bigint not null
  constraint CHECK ((milliseconds > 0))
  constraint PRIMARY KEY (job_type, num_assets)

-- table private.generation_times
  id bigint not null identity
  job_type text not null
  num_assets smallint not null
  milliseconds bigint not null
  created_at timestamp with time zone not null default now()
  constraint CHECK ((milliseconds >= 0))
  constraint PRIMARY KEY (id)
  CREATE INDEX generation_times_age ON private.generation_times USING brin (created_at)
  CREATE INDEX generation_times_newest ON private.generation_times USING btree (job_type, num_assets, id DESC)

-- table private.image_tags
  image_id uuid not null
  tag text not null
  user_id uuid not null
  created_at timestamp with time zone not null
  constraint CHECK (((length(tag) >= 1) AND (length(tag) <= 40)))
  constraint FOREIGN KEY (image_id) REFERENCES images(id) ON DELETE CASCADE
  constraint PRIMARY KEY (image_id, tag)
  CREATE INDEX image_tags_of_user ON private.image_tags USING btree (user_id, tag, created_at DESC, image_id DESC)

-- table private.job_errors
  id bigint not null identity
  job_id uuid not null
  attempt integer not null
  worker_id text
  error_code text
  worker_error text
  created_at timestamp with time zone not null default now()
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (id)
  CREATE INDEX job_errors_age ON private.job_errors USING brin (created_at)
  CREATE INDEX job_errors_of_job ON private.job_errors USING btree (job_id, id)
  CREATE INDEX job_errors_of_worker ON private.job_errors USING btree (worker_id, id) WHERE (worker_error IS NOT NULL)

-- table private.job_payloads
  job_id uuid not null
  payload jsonb not null
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (job_id)

-- table private.leases with (fillfactor=50)
  job_id uuid not null
  lease_id uuid not null
  attempt integer not null
  worker_id text
  claimed_at timestamp with time zone not null default now()
  until timestamp with time zone not null
  progress smallint not null default 0
  told_at timestamp with time zone not null default '-infinity'::timestamp with time zone
  constraint CHECK (((progress >= 0) AND (progress <= 100)))
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (job_id)

-- table private.measured_totals
  metric text not null
  label text not null
  detail text not null
  bucket smallint not null
  times bigint not null
  amount double precision not null
  constraint PRIMARY KEY (metric, label, detail, bucket)

-- table private.measurements
  metric text not null
  label text not null
  detail text not null default ''::text
  amount double precision not null
  constraint CHECK ((metric = ANY (ARRAY['jobs_submitted'::text, 'jobs_waiting'::text, 'jobs_ended'::text, 'jobs_failed'::text, 'attempts_repeated'::text, 'job_wait'::text, 'job_run'::text, 'callbacks'::text, 'credits'::text, 'stored_bytes'::text])))

-- table private.messages
  digest bytea not null
  seen_at timestamp with time zone not null default now()
  constraint PRIMARY KEY (digest)
  CREATE INDEX messages_age ON private.messages USING btree (seen_at)

-- table private.object_deletions
  bucket text not null
  key text not null
  due_at timestamp with time zone not null default (now() + '00:11:00'::interval)
  tries integer not null default 0
  constraint PRIMARY KEY (bucket, key)
  CREATE INDEX object_deletions_due ON private.object_deletions USING btree (due_at)

-- table private.outbox
  job_id uuid not null
  queue text not null
  attempt integer not null
  job_type text not null
  num_assets smallint not null
  written_at timestamp with time zone not null default now()
  pushed_at timestamp with time zone
  pushes integer not null default 0
  constraint CHECK ((queue = ANY (ARRAY['sdxl_queue'::text, 'wan_queue'::text])))
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (job_id)
  CREATE INDEX outbox_pushed ON private.outbox USING btree (queue, pushed_at) WHERE (pushed_at IS NOT NULL)
  CREATE INDEX outbox_unpushed ON private.outbox USING btree (queue, written_at) WHERE (pushed_at IS NULL)

-- table private.policy_counts
  day date not null
  surface text not null
  refusals bigint not null
  constraint CHECK ((refusals > 0))
  constraint PRIMARY KEY (day, surface)

-- table private.policy_events
  id bigint not null identity
  user_id uuid not null
  surface text not null
  job_id uuid
  created_at timestamp with time zone not null default now()
  constraint CHECK ((surface = ANY (ARRAY['queue_job'::text, 'enhance_prompt'::text, 'callback'::text, 'project'::text, 'asset'::text, 'api_key'::text])))
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (id)
  CREATE INDEX policy_events_of_user ON private.policy_events USING btree (user_id, id DESC)

-- table private.prompt_enhancements
  id bigint not null identity
  user_id uuid not null
  job_type text not null
  method text not null
  fallback_used boolean not null
  processing_ms integer not null
  original_tokens integer not null
  enhanced_tokens integer not null
  quality_score real not null
  created_at timestamp with time zone not null default now()
  template text not null default 'sdxl_fast'::text
  cached boolean not null default false
  compressed_tokens integer not null default 0
  original_chars integer not null default 0
  enhanced_chars integer not null default 0
  original_prompt text
  enhanced_prompt text
  constraint CHECK ((compressed_tokens >= 0))
  constraint CHECK ((enhanced_chars >= 0))
  constraint CHECK ((enhanced_tokens >= 0))
  constraint CHECK ((length(enhanced_prompt) <= 4000))
  constraint CHECK ((length(original_prompt) <= 2000))
  constraint CHECK ((method = ANY (ARRAY['chat_worker'::text, 'wan_worker'::text, 'system_prompt'::text, 'rule_based'::text])))
  constraint CHECK ((original_chars >= 0))
  constraint CHECK ((original_tokens >= 0))
  constraint CHECK ((processing_ms >= 0))
  constraint CHECK ((template = ANY (ARRAY['sdxl_fast'::text, 'sdxl_high'::text, 'wan_fast'::text, 'wan_high_7b'::text])))
  constraint PRIMARY KEY (id)
  CREATE INDEX prompt_enhancements_by_time ON private.prompt_enhancements USING btree (created_at)
  CREATE INDEX prompt_enhancements_of_user ON private.prompt_enhancements USING btree (user_id, id DESC)

-- table private.queue_history
  queue text not null
  at timestamp with time zone not null
  queued bigint not null
  processing bigint not null
  workers integer not null
  oldest_seconds integer
  median_wait_seconds integer
  constraint CHECK ((queue = ANY (ARRAY['sdxl_queue'::text, 'wan_queue'::text])))
  constraint PRIMARY KEY (queue, at)

-- table private.queue_settings
  queue text not null
  paused boolean not null default false
  legacy boolean not null default false
  waiting_users double precision
  updated_at timestamp with time zone not null default now()
  constraint CHECK ((queue = ANY (ARRAY['sdxl_queue'::text, 'wan_queue'::text])))
  constraint PRIMARY KEY (queue)

-- table private.reference_uploads
  key text not null
  user_id uuid not null
  type text not null
  consent boolean not null
  bytes bigint not null
  created_at timestamp with time zone not null default now()
  width integer
  height integer
  etag text
  expires_at timestamp with time zone not null default (now() + '7 days'::interval)
  constraint CHECK (((type <> 'character'::text) OR consent))
  constraint CHECK (((width IS NULL) = (height IS NULL)))
  constraint CHECK ((bytes > 0))
  constraint CHECK ((height > 0))
  constraint CHECK ((type = ANY (ARRAY['style'::text, 'composition'::text, 'character'::text])))
  constraint CHECK ((width > 0))
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (key)
  CREATE INDEX reference_uploads_expired ON private.reference_uploads USING btree (expires_at)
  CREATE INDEX reference_uploads_of_user ON private.reference_uploads USING btree (user_id) INCLUDE (bytes)

-- table private.revoked_workers
  worker_id text not null
  revoked_at timestamp with time zone not null default now()
  constraint CHECK (((length(worker_id) >= 1) AND (length(worker_id) <= 200)))
  constraint PRIMARY KEY (worker_id)

-- table private.settlements
  job_id uuid not null
  attempt integer not null
  digest text not null
  reply jsonb not null
  created_at timestamp with time zone not null default now()
  constraint FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
  constraint PRIMARY KEY (job_id, attempt, digest)
  CREATE INDEX settlements_age ON private.settlements USING brin (created_at)

-- table private.sweep_state
  only_row boolean not null default true
  last_pass_at timestamp with time zone
  lists_lost_at timestamp with time zone not null default '-infinity'::timestamp with time zone
  pruned_at timestamp with time zone not null default '-infinity'::timestamp with time zone
  sdxl_length bigint
  wan_length bigint
  constraint CHECK (only_row)
  constraint PRIMARY KEY (only_row)
  CREATE TRIGGER count_measurements AFTER UPDATE OF last_pass_at ON private.sweep_state FOR EACH STATEMENT EXECUTE FUNCTION private.count_after_pass()

-- table private.video_tags
  video_id uuid not null
  tag text not null
  user_id uuid not null
  created_at timestamp with time zone not null
  constraint CHECK (((length(tag) >= 1) AND (length(tag) <= 40)))
  constraint FOREIGN KEY (video_id) REFERENCES videos(id) ON DELETE CASCADE
  constraint PRIMARY KEY (video_id, tag)
  CREATE INDEX video_tags_of_user ON private.video_tags USING btree (user_id, tag, created_at DESC, video_id DESC)

-- table private.webhook_disabled
  user_id uuid not null
  url text not null
  disabled_at timestamp with time zone not null default now()
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (user_id, url)

-- table private.webhook_secrets
  id bigint not null identity
  user_id uuid not null
  secret text not null
  created_at timestamp with time zone not null default now()
  retired_at timestamp with time zone
  constraint CHECK ((secret ~ '^whsec_[A-Za-z0-9+/]+=*$'::text))
  constraint FOREIGN KEY (user_id) REFERENCES profiles(id)
  constraint PRIMARY KEY (id)
  CREATE INDEX webhook_secrets_of_user ON private.webhook_secrets USING btree (user_id, id DESC)
  CREATE INDEX webhook_secrets_retired ON private.webhook_secrets USING btree (user_id, retired_at DESC) WHERE (retired_at IS NOT NULL)
  CREATE UNIQUE INDEX webhook_secret_of_user ON private.webhook_secrets USING btree (user_id) WHERE (retired_at IS NULL)

-- table private.workers with (fillfactor=50)
  worker_id text not null
  queues text[] not null
  models text[] not null default '{}'::text[]
  state text not null default 'idle'::text
  current_job uuid
  first_seen_at timestamp with time zone not null default now()
  last_seen_at timestamp with time zone not null default now()
  losses integer not null default 0
  paused boolean not null default false
  paused_reason text
  up_since timestamp with time zone
  gpu_used_bytes bigint
  gpu_total_bytes bigint
  constraint CHECK (((length(worker_id) >= 1) AND (length(worker_id) <= 200)))
  constraint CHECK (((queues <@ ARRAY['sdxl_queue'::text, 'wan_queue'::text]) AND (cardinality(queues) > 0)))
  constraint CHECK ((gpu_total_bytes > 0))
  constraint CHECK ((gpu_used_bytes >= 0))
  constraint CHECK ((state = ANY (ARRAY['idle'::text, 'busy'::text])))
  constraint PRIMARY KEY (worker_id)
