// Made of docs/openapi.json by generate.mjs; changes belong into the Rust types.

/** What a user can use at once. */
export type AccountLimits = {
  /** Unfinished jobs. */
  active_jobs: number;
  /** Jobs in a minute. */
  jobs_per_minute: number;
};

/** The answer. */
export type AccountReply = {
  /** Credits that can be spent. */
  balance: number;
  /** Credits that unfinished jobs hold. */
  held: number;
  /** Whether the project made this user an administrator. */
  is_admin: boolean;
  /** Whether it is an anonymous sign-in. */
  is_anonymous: boolean;
  /** What can be used at once. */
  limits: AccountLimits;
  /** Always true. */
  success: true;
  /** What was used so far. */
  usage: AccountUsage;
  /** The caller. */
  user_id: Id;
};

/** What a user used so far. */
export type AccountUsage = {
  /** Unfinished jobs. */
  active_jobs: number;
  /** Credits ever charged. */
  credits_spent: number;
  /** Jobs ever submitted. */
  total_jobs: number;
};

/** A placeholder picture. */
export type AdminImage = {
  /** A fresh id; nothing is stored under it. */
  id: Id;
  /** As it was sent. */
  metadata: unknown;
  /** The mode, or `default`. */
  mode: string;
  /** The prompt, trimmed. */
  prompt: string;
  /** The same. */
  thumbnail_url: string;
  /** RFC 3339. */
  timestamp: string;
  /** Where it is served. */
  url: string;
};

/** The answer of `POST generate-admin-image`. */
export type AdminImageReply = {
  /** The picture. */
  image: AdminImage;
  /** Always true. */
  success: true;
};

export type AdminImageRequest = {
  metadata?: unknown;
  mode?: string | null;
  prompt: string;
};

/** The answer with a new key. */
export type ApiKeyCreatedReply = {
  /** What is known of it. */
  apiKey: ApiKeyView;
  /** The key itself: shown this once, and nowhere kept. */
  key: string;
  /** Always true. */
  success: true;
};

export type ApiKeyRequest = {
  expiresInDays?: number | null;
  /** Credits that its orders may cost in a calendar month of UTC. */
  monthlyLimit?: number | null;
  name: string;
  scopes: Array<KeyScope>;
};

/** The answer of `DELETE /api/keys/{id}`. */
export type ApiKeyRevokedReply = {
  /** The key that is good for nothing any more. */
  id: Id;
  /** Always true. */
  success: true;
};

/** A key as its owner sees it. */
export type ApiKeyView = {
  /** RFC 3339. */
  created_at: string;
  /** RFC 3339; null when it does not end by itself. */
  expires_at: string | null;
  /** Its id. */
  id: Id;
  /** To the minute, RFC 3339; null when it was never used. */
  last_used_at: string | null;
  /** Credits that its orders may cost in a calendar month of UTC; null when nothing bounds them. */
  monthly_limit: number | null;
  /** What its owner calls it. */
  name: string;
  /** How it begins. */
  prefix: string;
  /** What it may do. */
  scopes: Array<KeyScope>;
  /** What its orders of this month hold and have cost. */
  spent_this_month: number;
};

/** The answer of `GET /api/keys`: all there are. */
export type ApiKeysReply = {
  /** The caller's keys, newest first. */
  items: Array<ApiKeyView>;
};

/** The answer of `PATCH /api/assets/{id}`. */
export type AssetChangedReply = {
  /** The asset as it is now. */
  asset: AssetReply;
  /** Always true. */
  success: true;
};

/** The answer of `DELETE /api/assets/{id}`. */
export type AssetDeletedReply = {
  /** The asset that is gone. */
  id: Id;
  /** Always true. */
  success: true;
};

export type AssetPatch = {
  /** Tags that it gets; one that it has is no error. */
  add_tags?: Array<string>;
  preferred?: boolean;
  /** Tags that it loses, before it gets those of `add_tags`; one that it has not is no error. */
  remove_tags?: Array<string>;
  saved?: boolean;
  title?: string;
};

/** An asset row by id. */
export type AssetRef = {
  /** Its id. */
  id: Id;
  /** Its index in the batch. */
  image_index: number;
};

/** An asset with signed URLs. */
export type AssetReply = {
  /** The bucket that its object lies in. */
  bucket: string;
  /** RFC 3339. */
  created_at: string;
  /** Its id. */
  id: Id;
  /** Its index in the batch. */
  image_index: number;
  /** Its job. */
  job_id: Id;
  /** Its job's type. */
  job_type: JobType;
  /** `image` or `video`. */
  kind: string;
  /** Its metadata. */
  metadata: Record<string, unknown>;
  /** The object's key. */
  path: string | null;
  /** Whether it is the preferred one of its job. */
  preferred: boolean;
  /** Whether it is in the library. */
  saved: boolean;
  /** Where it stands. */
  status: Status;
  /** Its owner's own words for it, in lower case. */
  tags: Array<string>;
  /** A signed URL of its thumbnail or poster. */
  thumbnail_url: string | null;
  /** Its title. */
  title: string | null;
  /** A signed URL, valid for an hour at least; null until it is completed. */
  url: string | null;
};

/** One page of a list. */
export type AssetReplyPage = {
  /** The items, newest first unless asked otherwise. */
  items: Array<AssetReply>;
  /** What `cursor` takes for the next page; null on the last one. */
  nextCursor: string | null;
  /** Always true. */
  success: true;
};

/** Where one file of one attempt goes. */
export type AttemptKey = {
  /** The logical bucket. */
  bucket: string;
  /** Which asset. */
  index: number;
  /** The key in it. */
  key: string;
  /** What it is of the asset. */
  role: Role;
};

/** What was understood of a report. */
export type CallbackDebug = {
  /** Assets that this report delivered. */
  assetsProcessed: number;
  /** Picture or video. */
  format: Format;
  /** Whether the 7B model rewrites its prompt. */
  isEnhanced: boolean;
  /** Whether it runs on SDXL. */
  isSDXL: boolean;
  /** Where it stands now. */
  jobStatus: Status;
  /** What was ordered. */
  jobType: JobType;
  /** The job. */
  job_id: Id;
  /** RFC 3339. */
  processingTimestamp: string;
  /** Fast or high. */
  quality: Quality;
};

/** The answer to a report. It is remembered with the settlement, and given again when the report is repeated. */
export type CallbackReply = {
  /** The attempt that the lease is for. */
  attempt?: number | null;
  /** Whether the owner called the job off: stop at the next step and report `released`. */
  cancelRequested: boolean;
  /** What was understood. */
  debug?: CallbackDebug | null;
  /** True when nothing was changed, because the report came too late. */
  ignored?: boolean;
  /** The lease, for a worker that got it by this report. */
  leaseId?: Id | null;
  /** Until when the lease lasts; RFC 3339. */
  leaseUntil?: string | null;
  /** For people. */
  message: string;
  /** Why it was ignored: `stale` or `terminal`. */
  reason?: string | null;
  /** True when the same report was taken before. */
  replayed?: boolean;
  /** The job as it stands now, signed, for the next report. */
  snapshot?: string | null;
  /** Always true. */
  success: true;
  /** Where to upload what was asked for. */
  uploads?: Array<Upload>;
};

export type CallbackReport = {
  assets?: Array<string | null> | null;
  attempt?: number | null;
  enhancedPrompt?: string | null;
  /** The older name of `enhancedPrompt`. */
  enhanced_prompt?: string | null;
  /** The older name of `error_message`. */
  errorMessage?: string | null;
  error_message?: string | null;
  failed_indices?: Array<number> | null;
  /** The older name of `assets`. */
  filePath?: string | null;
  /** How full the memory of its GPU is. Of another form it counts as not said. */
  gpu?: {
    memory_total_bytes: number;
    memory_used_bytes: number;
  } | null;
  /** The older name of `assets`. */
  imageUrls?: Array<string | null> | null;
  /** The older name of `job_id`. */
  jobId?: string | null;
  job_id?: string | null;
  leaseId?: string | null;
  /** The older name of `leaseId`. */
  lease_id?: string | null;
  metadata?: Record<string, unknown> | null;
  /** The older name of `assets`. */
  outputUrl?: string | null;
  poster?: string | null;
  progress?: number | null;
  retryable?: boolean | null;
  snapshot?: string | null;
  status: ReportStatus;
  /** With a heartbeat: what its pictures look like by now, 36 KiB of JPEG together. What is of another form is left out. */
  stepPreviews?: Array<{
    image: string;
    index: number;
  }> | null;
  thumbnails?: Array<string | null> | null;
  uploadRequests?: Array<{
    bytes: number;
    contentType: string;
    index: number;
    role: Role;
  }> | null;
  /** Since the worker's program started. Of another form it counts as not said. */
  uptime_seconds?: number | null;
  worker_id?: string | null;
};

/** The answer. */
export type CancelReply = {
  /** What the job costs in all when it is called off: what was delivered, or the share of its price that was done at the cancel, whichever is more. It grows only by what is still delivered until the worker stops. */
  cancelCost: number;
  /** Whether the worker will be told. */
  cancelRequested: boolean;
  /** Credits that were charged so far. */
  charged: number;
  /** Whether nothing was done and only the cost is told. */
  dryRun: boolean;
  /** The job. */
  id: Id;
  /** Credits that were given back so far. */
  released: number;
  /** `canceled` at once, or `processing` until its worker knows of it. */
  status: Status;
  /** Always true. */
  success: true;
};

export type CancelRequest = {
  dryRun?: boolean | null;
};

/** The answer to a claim: a job for this worker alone. */
export type ClaimReply = {
  /** The attempt, which every report carries. */
  attempt: number;
  /** The job. */
  job_id: Id;
  /** What was ordered. */
  job_type: JobType;
  /** Where this attempt's files go. */
  keys: Array<AttemptKey>;
  /** The lease, which every report carries. */
  leaseId: Id;
  /** Until when the lease lasts without a heartbeat; RFC 3339. */
  leaseUntil: string;
  /** How many. */
  num_images: number;
  /** What to generate, as stored; [`ClaimReply::worker_payload`] reads it. */
  payload: unknown;
  /** Reference images to fetch. */
  references: Array<SignedReference>;
  /** The job as it stands, signed: reports that bring it along are settled without a look at the job. */
  snapshot?: string | null;
  /** Always true. */
  success: true;
};

export type ClaimRequest = {
  /** How full the memory of its GPU is. Of another form it counts as not said. */
  gpu?: {
    memory_total_bytes: number;
    memory_used_bytes: number;
  } | null;
  job_id?: string | null;
  models?: Array<string> | null;
  queue: Queue;
  /** Since the worker's program started. Of another form it counts as not said. */
  uptime_seconds?: number | null;
  worker_id: string;
};

/** Why a request was refused or failed. The names are part of the API and are never changed. */
export type Code = "invalid_request" | "unknown_job_type" | "unauthorized" | "insufficient_credits" | "spending_limit" | "forbidden" | "account_suspended" | "not_found" | "method_not_allowed" | "state_conflict" | "idempotency_in_progress" | "payload_too_large" | "unsupported_media_type" | "content_policy" | "idempotency_mismatch" | "assets_mismatch" | "invalid_asset" | "alias_conflict" | "rate_limited" | "too_many_active_jobs" | "queue_full" | "unavailable" | "timeout" | "misconfigured" | "internal";

/** The answer of `GET /api/config`: what a page must know before anyone has signed in. */
export type ConfigReply = {
  /** Where to buy credits, where the operator sells them. */
  creditsUrl?: string | null;
  /** This service. */
  publicBaseUrl: string;
  /** The key that browsers may hold. */
  supabaseAnonKey: string;
  /** Where to sign in. */
  supabaseUrl: string;
};

/** What a job cost. */
export type Credits = {
  /** Charged. */
  charged: number;
  /** Still held. */
  held: number;
  /** Released. */
  released: number;
};

/** The answer of `DELETE /api/me/data`. */
export type DataDeletedReply = {
  /** API keys. */
  api_keys: number;
  /** Their pictures and videos. */
  assets: number;
  /** Jobs, with everything that was said of them. */
  jobs: number;
  /** Jobs that are still there: ask again until there are none. */
  jobs_left: number;
  /** Projects. */
  projects: number;
  /** Always true. */
  success: true;
};

/** Whether the database answers. */
export type DatabaseHealth = {
  /** Why it does not. */
  code?: Code | null;
  /** Whether it does. */
  ok: boolean;
  /** Number of the newest migration's schema. */
  schemaVersion?: number | null;
  /** Seconds since the sweep last ran; absent before its first run. */
  sweepSeconds?: number | null;
};

/** Where a delivery stands. */
export type DeliveryStatus = "pending" | "delivered" | "failed";

/** The answer to a dry run. */
export type DryRunReply = {
  /** Always true. */
  dryRun: boolean;
  /** Seconds until it would be done if a worker took it at once. */
  etaSeconds: number;
  /** Seconds that the generation itself should take. */
  expectedTime: number;
  /** The negative prompt that would go with it; null where there is none. */
  negativePrompt: string | null;
  /** Its length in the CLIP tokens of SDXL, those of your own terms estimated, rather too many. */
  negativePromptTokens: number | null;
  /** Credits that the order would hold. */
  price: number;
  /** The prompt with the words of its style, as the model reads it; null without a style. */
  styledPrompt: string | null;
  /** Always true. */
  success: true;
  /** What would go less well than it should, e.g. `negative_prompt_cut`. */
  warnings?: Array<string>;
};

/** An asset of a job that has ended. */
export type EndedAsset = {
  /** Its id. */
  id: Id;
  /** Its index in the batch. */
  image_index: number;
  /** `image` or `video`. */
  kind: string;
  /** What became of it. */
  status: Status;
  /** The same of its thumbnail or poster. */
  thumbnail_url: string | null;
  /** In a message a signed URL, valid for an hour at least; in the database the object's key. */
  url: string | null;
};

/** A job that has ended, as a webhook tells of it. */
export type EndedJob = {
  /** Its assets in the order of their index. */
  assets: Array<EndedAsset>;
  /** RFC 3339. */
  completed_at: string;
  /** RFC 3339. */
  created_at: string;
  /** What it cost. */
  credits_charged: number;
  /** Why it failed, for programs. */
  error_code: string | null;
  /** Why it failed, for people. */
  error_message: string | null;
  /** Its id. */
  id: Id;
  /** What was ordered. */
  job_type: JobType;
  /** The project that it was ordered from. */
  project_id: Id | null;
  /** The job that it repeats. */
  retry_of: Id | null;
  /** How it ended. */
  status: Status;
};

/** How a prompt was improved. */
export type EnhanceAnalytics = {
  /** Whether the same prompt had been improved a short while before. */
  cached: boolean;
  /** By whom. */
  enhancementMethod: EnhancementMethod;
  /** Whether a better method was configured and did not answer. */
  fallbackUsed: boolean;
  /** Milliseconds. */
  processingTime: number;
  /** Each 0 to 1. */
  qualityMetrics: QualityMetrics;
  /** The template that was written for. */
  template: string;
};

/** The answer. */
export type EnhanceReply = {
  /** How it was done. */
  analytics: EnhanceAnalytics;
  /** Tokens after compression for one before; 1 when nothing had to go. */
  compressionRatio: number;
  /** The improved prompt. */
  enhancedPrompt: string;
  /** The prompt as it came. */
  originalPrompt: string;
  /** 0 to 1. */
  qualityScore: number;
  /** Always true. */
  success: true;
  /** Tokens of each stage. */
  tokenCount: TokenCount;
};

export type EnhanceRequest = {
  jobType: JobType;
  model?: "sdxl" | "wan" | "auto" | null;
  prompt: string;
  quality?: Quality | null;
  seed?: number | null;
  sessionId?: string | null;
  stream?: boolean | null;
  userId: string;
};

/** Who improved the prompt. */
export type EnhancementMethod = "chat_worker" | "wan_worker" | "system_prompt" | "rule_based";

/** The answer of `GET /api/admin/enhancements`. */
export type EnhancementStatisticsReply = {
  /** How many days back. */
  days: number;
  /** Always true. */
  success: true;
  /** By method and template. */
  summaries: Array<EnhancementSummary>;
  /** Enhancements in that time. */
  total: number;
};

/** All enhancements by one method with one template. */
export type EnhancementSummary = {
  /** How many of them were remembered. */
  cached: number;
  /** Mean tokens of the answers. */
  compressed_tokens: number;
  /** How many. */
  count: number;
  /** Mean tokens before compression. */
  enhanced_tokens: number;
  /** How many of them because something better did not deliver. */
  fallbacks: number;
  /** The median time in milliseconds. */
  median_ms: number;
  /** By whom. */
  method: EnhancementMethod;
  /** Mean tokens of the prompts as they came. */
  original_tokens: number;
  /** 95 of 100 took no longer. */
  p95_ms: number;
  /** The mean score. */
  quality_score: number;
  /** The template's name. */
  template: string;
  /** Users. */
  users: number;
};

/** Why a request was refused or failed. */
export type Error = {
  code: Code;
  /** Names of fields, limits; never values that were sent. */
  details?: Record<string, unknown>;
  /** For people. */
  error: string;
  requestId: string;
  /** Whether the very same request can succeed later. */
  retryable: boolean;
  success: false;
  suggestedAction?: string;
};

/** What became of an expedition. */
export type ExpediteReply = {
  /** Whether it goes before other users' from now on. */
  expedited: boolean;
  /** The job. */
  job_id: Id;
  /** Always true. */
  success: true;
};

export type ExpediteRequest = {
  /** False puts it back in its turn; true if not said. */
  expedited?: boolean | null;
  job_id: string;
  reason?: string | null;
};

/** A failed job as operators see it. */
export type FailedJob = {
  /** The last attempt. */
  attempt: number;
  /** RFC 3339. */
  completed_at: string;
  /** RFC 3339. */
  created_at: string;
  /** Why, for programs. */
  error_code: string | null;
  /** Why, as its owner was told. */
  error_message: string | null;
  /** What workers said of its attempts. */
  errors: Array<WorkerError>;
  /** Its id. */
  id: Id;
  /** What was ordered. */
  job_type: JobType;
  /** Its queue. */
  queue: Queue;
  /** The first job that asks for the same again. */
  retried_as: Id | null;
  /** Always `failed`. */
  status: Status;
  /** Its owner. */
  user_id: Id;
};

/** One page of a list. */
export type FailedJobPage = {
  /** The items, newest first unless asked otherwise. */
  items: Array<FailedJob>;
  /** What `cursor` takes for the next page; null on the last one. */
  nextCursor: string | null;
  /** Always true. */
  success: true;
};

/** What comes out. */
export type Format = "image" | "video";

/** The answer of `POST /api/admin/credits`. */
export type GrantReply = {
  /** What can be spent now. */
  balance: number;
  /** What unfinished jobs hold. */
  held: number;
  /** Always true. */
  success: true;
  /** Who got them. */
  user_id: Id;
};

export type GrantRequest = {
  amount: number;
  reason: string;
  user_id: string;
};

/** The answer of `GET /api/health`; the parts only when they were asked for. */
export type HealthReply = {
  /** Postgres, through PostgREST. */
  database?: DatabaseHealth | null;
  /** How many terms of the operator's own the content policy refuses (`POLICY_EXTRA_TERMS`). */
  policy_extra_terms: number;
  /** Redis. */
  redis?: RedisHealth | null;
  /** The same in a word. */
  status: HealthStatus;
  /** Whether everything that was looked at works. */
  success: boolean;
};

/** Whether the service works. */
export type HealthStatus = "ok" | "degraded";

/** Hints that wait to be popped. */
export type HintCounts = {
  /** In the SDXL workers' list. */
  sdxl_queue: number;
  /** In the WAN workers' list. */
  wan_queue: number;
};

/** The answer of `GET /api/admin/history`. */
export type HistoryReply = {
  /** How many hours back. */
  hours: number;
  /** Each queue. */
  queues: Array<QueueHistory>;
  /** Always true. */
  success: true;
};

export type Id = string;

/** A picture. */
export type ImageData = {
  /** The file in base64. */
  b64_json?: string | null;
  /** The prompt that it was made of, where it is not the one that was sent. */
  revised_prompt?: string | null;
  /** A signed link, valid for an hour at least. */
  url?: string | null;
};

/** The answer with pictures, or, with status 202, of a job that outlasts the wait. */
export type ImagesReply = {
  /** Always `opaque`. */
  background: string;
  /** Seconds since 1970. */
  created: number;
  /** The pictures; none yet with status 202. */
  data: Array<ImageData>;
  /** The job, as `GET /api/jobs/{id}` knows it. */
  id: Id;
  /** `png` or `jpeg`. */
  output_format: string;
  /** `medium` of the fast types, `high` of the others. */
  quality: string;
  /** Width and height, as `1024x1024`. */
  size: string;
  /** Where it stands. */
  status: Status;
};

/** One event. */
export type JobEvent = {
  /** RFC 3339. */
  created_at: string;
  /** What `p_after` takes to go on behind it. */
  cursor: number;
  /** What it tells. */
  data: Record<string, unknown>;
  /** Its job. */
  job_id: Id;
  /** `queued`, `processing`, `progress`, `asset`, `completed`, `failed`, `canceled`, `requeued`. */
  kind: string;
  /** Its number in the job, from 1. */
  seq: number;
};

/** A job with its assets; the fields are on the top level, as clients have always read them. */
export type JobReply = {
  /** Its assets in the order of their index. */
  assets: Array<AssetReply>;
  /** Which try it is. */
  attempt: number;
  /** What it costs in all if it is called off now, or was; null when it has ended. */
  cancelCost: number | null;
  /** Whether its owner canceled it and the worker does not know of it yet. */
  cancelRequested: boolean;
  /** RFC 3339. */
  completed_at: string | null;
  /** RFC 3339. */
  created_at: string;
  /** What it cost. */
  credits: Credits;
  /** Why it failed, for programs. */
  error_code: string | null;
  /** Why it failed, for people. */
  error_message: string | null;
  /** Seconds until it should be done. */
  etaSeconds: number | null;
  /** Picture or video. */
  format: Format;
  /** Its id. */
  id: Id;
  /** What was ordered. */
  job_type: JobType;
  /** Its metadata, with `primary_asset` and `all_assets` once it is completed. */
  metadata: Record<string, unknown>;
  /** The job type again, as older clients expect it. */
  model_type: JobType;
  /** Ordered assets, whatever became of them. */
  numAssets: number;
  /** Jobs before it in its queue, plus one: exact below a hundred, then a round number that it is beyond. Null when it is not queued. */
  position: number | null;
  /** 0 to 100. */
  progress: number;
  /** The effective prompt. */
  prompt: string;
  /** Fast or high. */
  quality: Quality;
  /** Where it waits or waited. */
  queue: Queue;
  /** RFC 3339. */
  started_at: string | null;
  /** Where it stands. */
  status: Status;
  /** Always true. */
  success: true;
  /** Its owner. */
  user_id: Id;
  /** Why it waits, for people. */
  waitingFor: string | null;
};

/** One page of a list. */
export type JobReplyPage = {
  /** The items, newest first unless asked otherwise. */
  items: Array<JobReply>;
  /** What `cursor` takes for the next page; null on the last one. */
  nextCursor: string | null;
  /** Always true. */
  success: true;
};

/** What a user can order. */
export type JobType = "sdxl_image_fast" | "sdxl_image_high" | "image_fast" | "image_high" | "video_fast" | "video_high" | "image7b_fast_enhanced" | "image7b_high_enhanced" | "video7b_fast_enhanced" | "video7b_high_enhanced";

/** What a key may do. There is none for operators, none for keys. */
export type KeyScope = "orders" | "read" | "webhooks";

/** An error as JSON-RPC writes it. */
export type McpError = {
  /** JSON-RPC's code, or the protocol's. */
  code: number;
  /** For programs. */
  data?: unknown;
  /** For people. */
  message: string;
};

export type McpMessage = {
  /** Of a request; a notification has none. */
  id?: string | number;
  jsonrpc: "2.0";
  /** `initialize`, `ping`, `tools/list`, `tools/call`, `server/discover`, or a notification. */
  method?: string;
  params?: Record<string, unknown>;
};

/** An answer: a result, or an error. */
export type McpReply = {
  /** Why there is nothing. */
  error?: McpError | null;
  /** The request's; null where it could not be read. */
  id: unknown;
  /** Always `2.0`. */
  jsonrpc: string;
  /** What was asked for. */
  result?: unknown;
};

/** The answer of `GET /v1/models`. */
export type ModelsReply = {
  /** The job types. */
  data: Array<OpenAiModel>;
  /** Always `list`. */
  object: string;
};

/** An error as OpenAI's clients read it. */
export type OpenAiError = {
  /** What happened. */
  error: OpenAiErrorFields;
};

/** Its fields. */
export type OpenAiErrorFields = {
  /** OpenAI's code where it has one for this, else ours. */
  code: string;
  /** For people. */
  message: string;
  /** The field that is wrong. */
  param: string | null;
  /** `invalid_request_error`, `insufficient_quota`, `rate_limit_error` or `server_error`. */
  type: string;
};

export type OpenAiImagesRequest = {
  background?: "auto" | "opaque" | null;
  /** A job type that makes pictures; without one `quality` chooses an SDXL type. */
  model?: string | null;
  /** The content policy is the same for all. */
  moderation?: "auto" | null;
  /** SDXL: 1, 3 or 6; WAN: 1. */
  n?: 1 | 3 | 6 | null;
  /** Of JPEG alone, how much it keeps: 90 if it does not say. */
  output_compression?: number | null;
  /** png if it does not say. */
  output_format?: OutputFormat | null;
  /** In a stream: at most so many previews of each picture while it is made. It may be done before. */
  partial_images?: number | null;
  prompt: string;
  /** `high` and `hd` are the types `..._high`, the others `..._fast`; a `model` has to agree. */
  quality?: "auto" | "low" | "medium" | "standard" | "high" | "hd" | null;
  /** `url` where nothing is said; a stream always has `b64_json`. */
  response_format?: "url" | "b64_json" | null;
  /** Ours: picture i has seed + i. */
  seed?: number | null;
  /** `auto`, or one of the sizes that the model has a shape for: `1216x832`. */
  size?: string | null;
  /** Each picture is an event as soon as it is there. */
  stream?: boolean | null;
  /** Not looked at. */
  user?: string | null;
};

/** A model. */
export type OpenAiModel = {
  /** Always 0: a job type was always there. */
  created: number;
  /** Its name, which is the job type's. */
  id: JobType;
  /** Always `model`. */
  object: string;
  /** Always `ourvidz`. */
  owned_by: string;
};

export type OpenAiVideoRequest = {
  /** A job type that makes videos; without one `seconds` chooses. */
  model?: string | null;
  prompt: string;
  /** 5 are the types `..._fast`, 6 the others; a `model` has to agree. */
  seconds?: "5" | "6" | null;
  /** `auto`, or one of the sizes that the model has a shape for: `1216x832`. */
  size?: string | null;
  /** Not looked at. */
  user?: string | null;
};

/** A delivery as operators see it; of its address the host alone, for the rest may hold a secret. */
export type OperatorsDelivery = {
  /** Tries so far. */
  attempts: number;
  /** RFC 3339. */
  created_at: string;
  /** RFC 3339. */
  delivered_at: string | null;
  /** `completed`, `failed` or `canceled`. */
  event: string;
  /** Its id, which is the message's `webhook-id`. */
  id: Id;
  /** The job that it tells of. */
  job_id: Id;
  /** RFC 3339. */
  last_attempt_at: string | null;
  /** Why the last try did not count: `status`, `redirect`, `timeout`, `unreachable`, `refused_address`, `gone`, `disabled`, `too_many`, `lost`, `internal`. */
  last_error: string | null;
  /** The HTTP status of the receiver's last answer; null when none came. */
  last_status: number | null;
  /** RFC 3339; null when there will be no other try. */
  next_attempt_at: string | null;
  /** Where it stands. */
  status: DeliveryStatus;
  /** Where to. */
  url: string;
  /** Whose job it tells of. */
  user_id: Id;
};

/** One page of a list. */
export type OperatorsDeliveryPage = {
  /** The items, newest first unless asked otherwise. */
  items: Array<OperatorsDelivery>;
  /** What `cursor` takes for the next page; null on the last one. */
  nextCursor: string | null;
  /** Always true. */
  success: true;
};

/** In which format pictures are ordered. */
export type OutputFormat = "png" | "jpeg";

/** What became of a pause or a resume. */
export type PauseReply = {
  /** Whether it gets no jobs, or may order none, from now on. */
  paused: boolean;
  /** The queue, if it is about one. */
  queue: Queue | null;
  /** Always true. */
  success: true;
  /** The user, if it is about one. */
  user_id: Id | null;
  /** The worker, if it is about one. */
  worker_id: string | null;
};

export type PauseRequest = {
  queue: Queue;
  reason?: string | null;
} | {
  reason?: string | null;
  worker_id: string;
} | {
  reason?: string | null;
  /** May not order until resumed, which forgives the strikes. */
  user_id: string;
};

/** A project as its owner sees it. */
export type ProjectReply = {
  /** The character. */
  character_id: Id | null;
  /** RFC 3339. */
  created_at: string;
  /** The prompt after enhancement. */
  enhanced_prompt: string | null;
  /** Its id. */
  id: Id;
  /** The prompt as the user wrote it. */
  original_prompt: string | null;
  /** The title. */
  title: string | null;
  /** RFC 3339. */
  updated_at: string;
  /** Its owner. */
  user_id: Id;
};

/** One page of a list. */
export type ProjectReplyPage = {
  /** The items, newest first unless asked otherwise. */
  items: Array<ProjectReply>;
  /** What `cursor` takes for the next page; null on the last one. */
  nextCursor: string | null;
  /** Always true. */
  success: true;
};

/** What is absent stays; `null` empties. */
export type ProjectRequest = {
  character_id?: string | null;
  enhanced_prompt?: string | null;
  original_prompt?: string | null;
  title?: string | null;
};

/** The answer of `POST /api/projects` and `PATCH /api/projects/{id}`. */
export type ProjectSavedReply = {
  /** The project as it is now. */
  project: ProjectReply;
  /** Always true. */
  success: true;
};

/** What became of a purge. */
export type PurgeReply = {
  /** Jobs that were canceled. */
  canceled: number;
  /** The queue. */
  queue: Queue;
  /** Credits that went back to their owners. */
  released: number;
  /** Jobs that still wait: more than one call ends, or new ones. */
  remaining: number;
  /** Always true. */
  success: true;
};

export type PurgeRequest = {
  queue: Queue;
  reason?: string | null;
};

/** How much work goes into it. */
export type Quality = "fast" | "high";

/** What makes up the score; each from 0 to 1. */
export type QualityMetrics = {
  /** How much of the original is still there. */
  coherence: number;
  /** Terms that a model knows to mean quality. */
  technicalQuality: number;
  /** Light, colour, composition. */
  visualAppeal: number;
};

/** The Redis list that carries the hint. */
export type Queue = "sdxl_queue" | "wan_queue";

/** How a queue went. */
export type QueueHistory = {
  /** The oldest first; at most some hundred, each the worst of its time. */
  points: Array<QueuePoint>;
  /** The queue. */
  queue: Queue;
};

/** How a queue was. */
export type QueuePoint = {
  /** From then on, RFC 3339. */
  at: string;
  /** How long half of the last jobs had waited when they were started; null before the first. */
  median_wait_seconds: number | null;
  /** How long the oldest had waited; null when none did. */
  oldest_seconds: number | null;
  /** Jobs that ran. */
  processing: number;
  /** Jobs that waited. */
  queued: number;
  /** Workers that took jobs. */
  workers: number;
};

/** One queue. */
export type QueueReply = {
  /** Seconds until a job submitted now would be done. */
  etaSeconds: number | null;
  /** Median wait of the last jobs, in seconds. */
  medianWaitSeconds: number | null;
  /** Whether an operator paused it. */
  paused: boolean;
  /** Jobs running. */
  processing: number;
  /** Which. */
  queue: Queue;
  /** Jobs waiting. */
  queued: number;
  /** Why jobs wait, for people; null when they do not. */
  waitingFor: string | null;
  /** Seconds since a worker was last seen; null when none ever was. */
  workerSeenSeconds: number | null;
  /** Workers seen in the last two minutes. */
  workers: number;
};

/** The answer. */
export type QueueStatusReply = {
  /** Jobs that wait in any queue. */
  queueDepth: number;
  /** Each queue. */
  queues: Array<QueueReply>;
  /** Always true. */
  success: true;
};

/** What became of a redelivery. */
export type RedeliverReply = {
  /** The delivery as it is now. */
  delivery: OperatorsDelivery;
  /** Always true. */
  success: true;
};

export type RedeliverRequest = {
  delivery_id: string;
  reason?: string | null;
};

/** Whether Redis answers. */
export type RedisHealth = {
  /** Why it does not. */
  code?: Code | null;
  /** Lengths of its lists. */
  hints?: HintCounts | null;
  /** Whether it does. */
  ok: boolean;
};

/** What became of a redrive. */
export type RedriveReply = {
  /** What `cursor` takes to go on with older failures; null when there are none. */
  nextCursor: string | null;
  /** New orders. */
  redriven: Array<Redriven>;
  /** What was not ordered again. */
  skipped: Array<Skipped>;
  /** Always true; the lists say what became of each job. */
  success: true;
};

export type RedriveRequest = {
  cursor?: string | null;
  queue: Queue;
  reason?: string | null;
} | {
  cursor?: string | null;
  job_id: string;
  reason?: string | null;
};

/** A failed job and the order that repeats it. */
export type Redriven = {
  /** The failed one. */
  job_id: Id;
  /** The new one. */
  new_job_id: Id;
};

/** The answer of `POST /api/webhooks/deliveries/{id}/redrive`. */
export type RedrivenReply = {
  /** The delivery as it is now. */
  delivery: WebhookDelivery;
  /** Always true. */
  success: true;
};

/** What a reference image is taken for. */
export type ReferenceType = "style" | "composition" | "character";

/** The answer of `POST /api/references`. */
export type ReferenceUploadReply = {
  /** The logical bucket. */
  bucket: string;
  /** RFC 3339. */
  expiresAt: string;
  /** Headers that the upload must carry, as they are signed. */
  headers: UploadHeaders;
  /** What a submit takes as `references[].key`. */
  key: string;
  /** How: always `PUT`. */
  method: string;
  /** Always true. */
  success: true;
  /** Where to send the file. */
  url: string;
};

export type ReferenceUploadRequest = {
  bytes: number;
  /** That the person shown has agreed; `character` needs it. */
  consent?: boolean | null;
  contentType: "image/png" | "image/jpeg" | "image/webp";
  type?: ReferenceType | null;
};

/** What a worker says of a job. */
export type ReportStatus = "processing" | "completed" | "failed" | "released";

/** What became of a worker's key. */
export type RevokeReply = {
  /** Always true. */
  success: true;
  /** The worker whose key counts no more. */
  worker_id: string;
};

export type RevokeRequest = {
  reason?: string | null;
  worker_id: string;
};

/** What a file is of its asset. */
export type Role = "image" | "video" | "thumbnail" | "poster";

/** The answer of `GET` and `POST /api/webhooks/secret`. */
export type SecretReply = {
  /** Since when, RFC 3339. */
  createdAt: string;
  /** Until when messages carry a second signature, made with the secret before this one, RFC 3339; null when they do not. */
  previousUntil: string | null;
  /** `whsec_` and the base64 of 32 bytes, as Standard Webhooks' libraries take it. */
  secret: string;
  /** Always true. */
  success: true;
};

/** A reference image that can be fetched. */
export type SignedReference = {
  /** 0.1 to 1.0. */
  strength: number;
  /** What it is taken for. */
  type: ReferenceType;
  /** A signed URL. */
  url: string;
};

/** A failed job that was not ordered again. */
export type Skipped = {
  /** Why. */
  code: Code;
  /** The failed one. */
  job_id: Id;
};

/** A status as rows and messages carry it. */
export type Status = "queued" | "processing" | "completed" | "failed" | "canceled";

/** The answer of `GET /api/admin/strikes`. */
export type StrikesReply = {
  /** Always true. */
  success: true;
  /** The suspended users first, then the newest. */
  users: Array<StrikesView>;
};

/** How often the content policy refused a user, as operators see it. */
export type StrikesView = {
  /** Seconds until the user may order again; null after too few strikes for a pause. */
  blocked_seconds: number | null;
  /** RFC 3339. */
  last_strike_at: string;
  /** Refusals, less one for each day since. */
  strikes: number;
  /** Whether the user may not order until an operator resumes it. */
  suspended: boolean;
  /** The user. */
  user_id: Id;
};

/** The answer to a submit. */
export type SubmitReply = {
  /** For developers, only where the deployment shows it. */
  debug?: Record<string, unknown> | null;
  /** Seconds until it should be done. */
  etaSeconds: number | null;
  /** Part of the answer since its first version. */
  fixes_applied: Array<string>;
  /** Its image rows; absent for videos. */
  images?: Array<AssetRef> | null;
  /** Whether it runs on SDXL. */
  isSDXL: boolean;
  /** The job. */
  job: SubmittedJob;
  /** What was ordered. */
  jobType: JobType;
  /** For people. */
  message: string;
  /** The checkpoint's name. */
  modelVariant: string;
  /** Whether a negative prompt goes with it. */
  negativePromptSupported: boolean;
  /** Jobs before it in its queue, plus one: exact below a hundred, then a round number that it is beyond. Null when it is no longer queued. */
  position: number | null;
  /** Where it waits. */
  queue: Queue;
  /** Jobs that wait in its queue, with it: exact below a hundred, then about. Null when it is no longer queued. */
  queueLength: number | null;
  /** Always true. */
  success: true;
  /** Its video row; absent for images. */
  video?: VideoRef | null;
  /** What went less well than it should, e.g. `enhancement_unavailable`. */
  warnings?: Array<string>;
};

export type SubmitRequest = {
  dryRun?: boolean | null;
  enhance?: boolean | null;
  imageId?: string | null;
  jobType: JobType;
  metadata?: {
    /** Width by height. SDXL: 1:1 if it does not say; WAN: 9:16, which it then makes, or 16:9. */
    aspect?: "1:1" | "4:3" | "3:4" | "3:2" | "2:3" | "16:9" | "9:16" | "21:9" | "9:21" | null;
    /** What to avoid, in terms between commas. It is added to what the service always avoids; SDXL reads about twenty tokens of it. */
    negative_prompt?: string | null;
    num_images?: 1 | 3 | 6 | null;
    /** Of pictures: png if it does not say. Videos are MP4. */
    output_format?: OutputFormat | null;
    /** Of JPEG alone: 90 if it does not say. */
    output_quality?: number | null;
    prompt?: string | null;
    reference_image_url?: string | null;
    reference_strength?: number | null;
    reference_type?: ReferenceType | null;
    references?: Array<{
      key?: string | null;
      strength?: number | null;
      type: ReferenceType;
      url?: string | null;
    }> | null;
    seed?: number | null;
    /** Adds words behind the prompt and to the negative prompt; `dryRun` shows them. */
    style?: "photographic" | "cinematic" | "film_noir" | "digital_art" | "anime" | "comic" | "oil_painting" | "watercolor" | "line_art" | "pixel_art" | "low_poly" | "render_3d" | null;
  } | null;
  priority?: number | null;
  projectId?: string | null;
  videoId?: string | null;
  webhookEvents?: Array<"completed" | "failed" | "canceled"> | null;
  /** A server of yours that is told of the job's end; see `webhooks`. */
  webhookUrl?: string | null;
};

/** A job as a submit answers it. */
export type SubmittedJob = {
  /** RFC 3339. */
  created_at: string;
  /** Picture or video. */
  format: Format;
  /** Its id. */
  id: Id;
  /** What was ordered. */
  job_type: JobType;
  /** Its metadata. */
  metadata: Record<string, unknown>;
  /** The job type again, as older clients expect it. */
  model_type: JobType;
  /** Fast or high. */
  quality: Quality;
  /** Where it stands. */
  status: Status;
  /** Its owner. */
  user_id: Id;
};

/** The answer of `GET /api/tags`: all there are. */
export type TagsReply = {
  /** The tags that the caller's pictures and videos have, each once, in the order of the alphabet. */
  items: Array<string>;
};

/** The answer. */
export type TicketReply = {
  /** Until when that stream has to begin. */
  expiresInSeconds: number;
  /** Always true. */
  success: true;
  /** What goes into `?ticket=` of one event stream. */
  ticket: string;
};

/** Tokens of each stage, start and end tokens not counted. */
export type TokenCount = {
  /** Of the prompt in the answer. */
  compressed: number;
  /** Of the prompt as it was enhanced. */
  enhanced: number;
  /** Of the prompt as it came. */
  original: number;
};

/** Where to upload one file. */
export type Upload = {
  /** Where to read what lies there when the upload is answered with 412: the same file arrived before, or another one is in its place. */
  checkUrl: string;
  /** RFC 3339. */
  expiresAt: string;
  /** Headers that the upload must carry, as they are signed. */
  headers: UploadHeaders;
  /** Which asset. */
  index: number;
  /** The key, which the settlement names. */
  key: string;
  /** Always `PUT`. */
  method: string;
  /** What it is of the asset. */
  role: Role;
  /** The signed URL. */
  url: string;
};

/** Headers of an upload. All of them are signed, so that a client sends just these. */
export type UploadHeaders = {
  /** The media type. */
  "content-type": string;
  /** Always `*`: the storage answers 412 where something lies already, and nothing is ever replaced. */
  "if-none-match": string;
};

/** The answer of `DELETE /v1/videos/{id}`. */
export type VideoDeletedReply = {
  /** False where there was nothing to delete, because it had failed. */
  deleted: boolean;
  /** The job's id. */
  id: Id;
  /** Always `video.deleted`. */
  object: string;
};

/** Why a video failed. */
export type VideoError = {
  /** For programs. */
  code: string;
  /** For people. */
  message: string;
};

/** A video row by id. */
export type VideoRef = {
  /** Its id. */
  id: Id;
};

/** A video. */
export type VideoReply = {
  /** Seconds since 1970. */
  completed_at: number | null;
  /** Seconds since 1970. */
  created_at: number;
  /** Why it failed. */
  error: VideoError | null;
  /** Always null: it stays until it is deleted. */
  expires_at: number | null;
  /** The job's id. */
  id: Id;
  /** The job type. */
  model: JobType;
  /** Always `video`. */
  object: string;
  /** 0 to 100. */
  progress: number;
  /** The prompt. */
  prompt: string | null;
  /** Always null. */
  remixed_from_video_id: string | null;
  /** `5` or `6`. */
  seconds: string;
  /** Width and height. */
  size: string;
  /** `queued`, `in_progress`, `completed` or `failed`. */
  status: string;
};

/** A delivery as its owner sees it. */
export type WebhookDelivery = {
  /** Tries so far. */
  attempts: number;
  /** RFC 3339. */
  created_at: string;
  /** RFC 3339. */
  delivered_at: string | null;
  /** `completed`, `failed` or `canceled`. */
  event: string;
  /** Its id, which is the message's `webhook-id`. */
  id: Id;
  /** The job that it tells of. */
  job_id: Id;
  /** RFC 3339. */
  last_attempt_at: string | null;
  /** Why the last try did not count: `status`, `redirect`, `timeout`, `unreachable`, `refused_address`, `gone`, `disabled`, `too_many`, `lost`, `internal`. */
  last_error: string | null;
  /** The HTTP status of the receiver's last answer; null when none came. */
  last_status: number | null;
  /** RFC 3339; null when there will be no other try. */
  next_attempt_at: string | null;
  /** Where it stands. */
  status: DeliveryStatus;
  /** Where to. */
  url: string;
};

/** One page of a list. */
export type WebhookDeliveryPage = {
  /** The items, newest first unless asked otherwise. */
  items: Array<WebhookDelivery>;
  /** What `cursor` takes for the next page; null on the last one. */
  nextCursor: string | null;
  /** Always true. */
  success: true;
};

/** The body of a webhook. */
export type WebhookMessage = {
  /** The job. Its prompt is not in it: bodies end up in receivers' logs. */
  data: EndedJob;
  /** When it happened, RFC 3339. */
  timestamp: string;
  /** `job.completed`, `job.failed` or `job.canceled`. */
  type: string;
};

/** What a worker said of an attempt. */
export type WorkerError = {
  /** Which attempt. */
  attempt: number;
  /** RFC 3339. */
  created_at: string;
  /** For programs. */
  error_code: string | null;
  /** In its own words. */
  worker_error: string | null;
  /** Who. */
  worker_id: string | null;
};

/** A worker as operators see it. */
export type WorkerView = {
  /** The job that it works on. */
  current_job: Id | null;
  /** RFC 3339. */
  first_seen_at: string;
  /** What it last said of a job that failed, or that it gave back because its device is broken. */
  last_error: string | null;
  /** When it said so, RFC 3339. */
  last_error_at: string | null;
  /** RFC 3339. */
  last_seen_at: string;
  /** Jobs that it lost since the last one that it finished. */
  losses: number;
  /** Models that it has loaded. */
  models: Array<string>;
  /** Whether it gets no jobs. */
  paused: boolean;
  /** Why not. */
  paused_reason: string | null;
  /** The queues that it serves. */
  queues: Array<Queue>;
  /** Whether its key counts no more. */
  revoked: boolean;
  /** Seconds since its last heartbeat. */
  seen_seconds: number;
  /** `idle` or `busy`. */
  state: string;
  /** Its name. */
  worker_id: string;
};

/** The answer of `GET /api/admin/workers`. */
export type WorkersReply = {
  /** Always true. */
  success: true;
  /** All workers, the last seen first. */
  workers: Array<WorkerView>;
};

/** What each operation takes and answers, by its operationId. */
export interface Operations {
  /** Whom to tell of a weakness, where the operator says it. */
  securityTxt: {
    method: "GET";
    path: "/.well-known/security.txt";
    body: undefined;
    reply: string;
  };
  /** Gives credits, or takes them. */
  grantCredits: {
    method: "POST";
    path: "/api/admin/credits";
    body: GrantRequest;
    reply: GrantReply;
  };
  /** Everybody's webhook deliveries, newest first. */
  listDeliveries: {
    method: "GET";
    path: "/api/admin/deliveries";
    body: undefined;
    reply: OperatorsDeliveryPage;
  };
  /** How prompts are made better, by whom, how fast and how well. */
  enhancementStatistics: {
    method: "GET";
    path: "/api/admin/enhancements";
    body: undefined;
    reply: EnhancementStatisticsReply;
  };
  /** Lets a waiting job go before other users'. */
  expedite: {
    method: "POST";
    path: "/api/admin/expedite";
    body: ExpediteRequest;
    reply: ExpediteReply;
  };
  /** How full the queues were, and how long they let wait. */
  queueHistory: {
    method: "GET";
    path: "/api/admin/history";
    body: undefined;
    reply: HistoryReply;
  };
  /** Failed jobs, with what workers said. */
  listFailedJobs: {
    method: "GET";
    path: "/api/admin/jobs";
    body: undefined;
    reply: FailedJobPage;
  };
  /** No new jobs for a queue or a worker, no orders of a user. */
  pause: {
    method: "POST";
    path: "/api/admin/pause";
    body: PauseRequest;
    reply: PauseReply;
  };
  /** Cancels what waits in a queue. */
  purge: {
    method: "POST";
    path: "/api/admin/purge";
    body: PurgeRequest;
    reply: PurgeReply;
  };
  /** Sends anybody's webhook anew. */
  redeliver: {
    method: "POST";
    path: "/api/admin/redeliver";
    body: RedeliverRequest;
    reply: RedeliverReply;
  };
  /** Orders failed jobs again. */
  redrive: {
    method: "POST";
    path: "/api/admin/redrive";
    body: RedriveRequest;
    reply: RedriveReply;
  };
  /** Jobs again. */
  resume: {
    method: "POST";
    path: "/api/admin/resume";
    body: PauseRequest;
    reply: PauseReply;
  };
  /** Makes a worker's own key worthless, for good. */
  revokeWorker: {
    method: "POST";
    path: "/api/admin/revoke";
    body: RevokeRequest;
    reply: RevokeReply;
  };
  /** Users whose texts the content policy refused, the suspended ones first. */
  listStrikes: {
    method: "GET";
    path: "/api/admin/strikes";
    body: undefined;
    reply: StrikesReply;
  };
  /** All workers, the last seen first. */
  listWorkers: {
    method: "GET";
    path: "/api/admin/workers";
    body: undefined;
    reply: WorkersReply;
  };
  /** The caller's finished pictures and videos. */
  listAssets: {
    method: "GET";
    path: "/api/assets";
    body: undefined;
    reply: AssetReplyPage;
  };
  /** Deletes a picture or a video. */
  deleteAsset: {
    method: "DELETE";
    path: "/api/assets/{id}";
    body: undefined;
    reply: AssetDeletedReply;
  };
  /** Saves, prefers, renames or tags. */
  changeAsset: {
    method: "PATCH";
    path: "/api/assets/{id}";
    body: AssetPatch;
    reply: AssetChangedReply;
  };
  /** What a page must know before anyone has signed in. */
  config: {
    method: "GET";
    path: "/api/config";
    body: undefined;
    reply: ConfigReply;
  };
  /** A ticket for one event stream, for clients that cannot send a header. */
  eventsTicket: {
    method: "POST";
    path: "/api/events/ticket";
    body: undefined;
    reply: TicketReply;
  };
  /** Whether the deployment can work. */
  health: {
    method: "GET";
    path: "/api/health";
    body: undefined;
    reply: HealthReply;
  };
  /** The caller's jobs, newest first. */
  listJobs: {
    method: "GET";
    path: "/api/jobs";
    body: undefined;
    reply: JobReplyPage;
  };
  /** A job with its assets. */
  getJob: {
    method: "GET";
    path: "/api/jobs/{id}";
    body: undefined;
    reply: JobReply;
  };
  /** Calls a job off, or tells what that would cost. */
  cancelJob: {
    method: "POST";
    path: "/api/jobs/{id}/cancel";
    body: CancelRequest;
    reply: CancelReply;
  };
  /** What happens to a job, as it happens; each `data` is a JobEvent's. */
  followJob: {
    method: "GET";
    path: "/api/jobs/{id}/events";
    body: undefined;
    reply: string;
  };
  /** Orders the same again, as a new job. */
  retryJob: {
    method: "POST";
    path: "/api/jobs/{id}/retry";
    body: undefined;
    reply: SubmitReply;
  };
  /** The caller's API keys, newest first. */
  listApiKeys: {
    method: "GET";
    path: "/api/keys";
    body: undefined;
    reply: ApiKeysReply;
  };
  /** Makes a key for a program; it is shown this once. */
  createApiKey: {
    method: "POST";
    path: "/api/keys";
    body: ApiKeyRequest;
    reply: ApiKeyCreatedReply;
  };
  /** Makes a key good for nothing. */
  revokeApiKey: {
    method: "DELETE";
    path: "/api/keys/{id}";
    body: undefined;
    reply: ApiKeyRevokedReply;
  };
  /** Balance, usage, limits. */
  me: {
    method: "GET";
    path: "/api/me";
    body: undefined;
    reply: AccountReply;
  };
  /** Deletes what the caller has made and said; asked again, what is left. */
  deleteData: {
    method: "DELETE";
    path: "/api/me/data";
    body: undefined;
    reply: DataDeletedReply;
  };
  /** The service's state, as Prometheus reads it. */
  metrics: {
    method: "GET";
    path: "/api/metrics";
    body: undefined;
    reply: string;
  };
  /** This document. */
  openapi: {
    method: "GET";
    path: "/api/openapi.json";
    body: undefined;
    reply: Record<string, unknown>;
  };
  /** The caller's projects, newest first. */
  listProjects: {
    method: "GET";
    path: "/api/projects";
    body: undefined;
    reply: ProjectReplyPage;
  };
  /** Makes a prompt that jobs can start from. */
  createProject: {
    method: "POST";
    path: "/api/projects";
    body: ProjectRequest;
    reply: ProjectSavedReply;
  };
  /** Changes a project. */
  changeProject: {
    method: "PATCH";
    path: "/api/projects/{id}";
    body: ProjectRequest;
    reply: ProjectSavedReply;
  };
  /** How full the queues are, and why jobs wait. */
  queueStatus: {
    method: "GET";
    path: "/api/queue-status";
    body: undefined;
    reply: QueueStatusReply;
  };
  /** A link to upload a reference image with. */
  uploadReference: {
    method: "POST";
    path: "/api/references";
    body: ReferenceUploadRequest;
    reply: ReferenceUploadReply;
  };
  /** The tags that the caller's pictures and videos have. */
  listTags: {
    method: "GET";
    path: "/api/tags";
    body: undefined;
    reply: TagsReply;
  };
  /** What became of the caller's webhooks, newest first. */
  listWebhookDeliveries: {
    method: "GET";
    path: "/api/webhooks/deliveries";
    body: undefined;
    reply: WebhookDeliveryPage;
  };
  /** Sends a webhook anew. */
  redriveWebhook: {
    method: "POST";
    path: "/api/webhooks/deliveries/{id}/redrive";
    body: undefined;
    reply: RedrivenReply;
  };
  /** What the caller's webhooks are signed with, made at the first look. */
  webhookSecret: {
    method: "GET";
    path: "/api/webhooks/secret";
    body: undefined;
    reply: SecretReply;
  };
  /** Makes a new secret; the one before it signs beside it for a day. */
  replaceWebhookSecret: {
    method: "POST";
    path: "/api/webhooks/secret";
    body: undefined;
    reply: SecretReply;
  };
  /** Asks for a job; 204 when there is none. */
  claimJob: {
    method: "POST";
    path: "/functions/v1/claim-job";
    body: ClaimRequest;
    reply: ClaimReply | undefined;
  };
  /** Makes a prompt better. */
  enhancePrompt: {
    method: "POST";
    path: "/functions/v1/enhance-prompt";
    body: EnhanceRequest;
    reply: EnhanceReply;
  };
  /** What happens to all of the caller's jobs. */
  followAll: {
    method: "GET";
    path: "/functions/v1/events";
    body: undefined;
    reply: string;
  };
  /** A placeholder picture, where it is switched on. */
  generateAdminImage: {
    method: "POST";
    path: "/functions/v1/generate-admin-image";
    body: AdminImageRequest;
    reply: AdminImageReply;
  };
  /** The placeholder picture itself. */
  adminImage: {
    method: "GET";
    path: "/functions/v1/generate-admin-image/{file}";
    body: undefined;
    reply: Blob;
  };
  /** Tells what became of a job. */
  jobCallback: {
    method: "POST";
    path: "/functions/v1/job-callback";
    body: CallbackReport;
    reply: CallbackReply;
  };
  /** Orders pictures or a video. */
  queueJob: {
    method: "POST";
    path: "/functions/v1/queue-job";
    body: SubmitRequest;
    reply: SubmitReply | DryRunReply;
  };
  /** The API in a page, for language models. */
  llms: {
    method: "GET";
    path: "/llms.txt";
    body: undefined;
    reply: string;
  };
  /** The Model Context Protocol: one message of JSON-RPC, for clients of language models. */
  mcp: {
    method: "POST";
    path: "/mcp";
    body: McpMessage;
    reply: McpReply | undefined;
  };
  /** Orders pictures and waits for them, as OpenAI's clients ask. */
  openAiImages: {
    method: "POST";
    path: "/v1/images/generations";
    body: OpenAiImagesRequest;
    reply: ImagesReply;
  };
  /** The job types. */
  openAiModels: {
    method: "GET";
    path: "/v1/models";
    body: undefined;
    reply: ModelsReply;
  };
  /** One of them. */
  openAiModel: {
    method: "GET";
    path: "/v1/models/{name}";
    body: undefined;
    reply: OpenAiModel;
  };
  /** Orders a video, as OpenAI's clients ask: in JSON or as a form. */
  openAiVideo: {
    method: "POST";
    path: "/v1/videos";
    body: OpenAiVideoRequest;
    reply: VideoReply;
  };
  /** Deletes a video, or calls it off. */
  openAiVideoDelete: {
    method: "DELETE";
    path: "/v1/videos/{id}";
    body: undefined;
    reply: VideoDeletedReply;
  };
  /** A video as it stands. */
  openAiVideoStatus: {
    method: "GET";
    path: "/v1/videos/{id}";
    body: undefined;
    reply: VideoReply;
  };
  /** Leads to the file or its poster. */
  openAiVideoContent: {
    method: "GET";
    path: "/v1/videos/{id}/content";
    body: undefined;
    reply: string;
  };
}
