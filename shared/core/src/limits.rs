//! The numbers that bound more than one thing, or that the documentation names, with the reason beside each. What
//! bounds one function alone stands with that function.

/// The largest body that an endpoint reads. The longest legitimate one (2,000 characters of four bytes each,
/// 4 KB of extra metadata, six keys) stays below 16 KB; four times that leaves room and bounds parsing.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Characters of a prompt. Far more than any text encoder here reads (77 tokens of CLIP, 512 of umT5).
pub const MAX_PROMPT_CHARS: usize = 2_000;

/// Bytes of metadata keys that a client makes up, serialised. They travel through Postgres, Redis and every
/// event of the job, so they are notes, not storage.
pub const MAX_EXTRA_METADATA_BYTES: usize = 4 * 1024;

/// Bytes of metadata keys that a worker makes up. What is larger is left out: a finished picture is worth
/// more than its statistics.
pub const MAX_WORKER_METADATA_BYTES: usize = 8 * 1024;

/// The largest integer that JavaScript, and so every browser and many workers, holds exactly.
pub const MAX_SEED: u64 = (1 << 53) - 1;

/// Characters of an error text that a worker reports; the end of a long stack trace says little.
pub const MAX_WORKER_ERROR_CHARS: usize = 2_000;

/// Characters of a worker's name.
pub const MAX_WORKER_ID_CHARS: usize = 100;

/// Bytes of an object key; the longest that is derived here has 90.
pub const MAX_KEY_BYTES: usize = 255;

/// Bytes of a URL that a client gives.
pub const MAX_URL_BYTES: usize = 2_048;

/// Priorities go from minus this to plus this.
pub const MAX_PRIORITY: i64 = 10;

/// Characters of a user's own negative prompt. SDXL reads about twenty tokens of it, and umT5 what fits behind the two hundred
/// that WAN's authors always have it avoid.
pub const MAX_NEGATIVE_PROMPT_CHARS: usize = 500;

/// JPEG's scale of quality ends here.
pub const MAX_OUTPUT_QUALITY: i64 = 100;
/// Nobody sees what a JPEG of this quality loses, and it is about an eighth of the PNG.
pub const DEFAULT_OUTPUT_QUALITY: u8 = 90;

/// A step preview: a JPEG of 256 pixels a side, looked at for two seconds. It travels within a heartbeat, so it has to be
/// small.
pub const MAX_STEP_PREVIEW_BYTES: usize = 12 * 1024;

/// The step previews of one heartbeat together: in base64 three quarters of [`MAX_BODY_BYTES`], which leaves a quarter to
/// what else a worker says. The rest goes with the next one.
pub const MAX_STEP_PREVIEWS_BYTES: usize = 3 * MAX_STEP_PREVIEW_BYTES;

/// How long a step preview is kept. The next one comes within seconds; of a worker that fell silent the lease has ended
/// by then.
pub const STEP_PREVIEW_SECONDS: u32 = 120;

/// How long a lease lasts without a heartbeat. Three missed heartbeats: one may be lost, two may be a
/// hiccup, and a lost worker is noticed within the minute that recovery may take.
pub const LEASE_SECONDS: u32 = 30;

/// How often a worker sends a heartbeat.
pub const HEARTBEAT_SECONDS: u32 = 10;

/// The least time that a worker without heartbeats gets: such workers announce a job once, if at all, and
/// the longest job takes a little over six minutes.
pub const LEGACY_LEASE_SECONDS: u32 = 15 * 60;

/// How long a job may wait. After a day nobody waits for it any more, and its credits are of use elsewhere.
pub const MAX_QUEUED_SECONDS: u32 = 24 * 60 * 60;

/// How long one attempt may run: ten times the longest expected time.
pub const MAX_RUNNING_SECONDS: u32 = 60 * 60;

/// Attempts that a job gets. One loss is bad luck, two can be; a third job-shaped crash is the job's fault.
pub const MAX_ATTEMPTS: u32 = 3;

/// How often a job is given back for nothing: workers give back what they have when they are told to stop, and ten
/// restarts under one job are no longer an accident. From then on each costs an attempt, so that no job goes round for
/// ever.
pub const MAX_RELEASES: u32 = 10;

/// Unfinished jobs that a user may have: an hour of work for one GPU at the fast picture's pace.
pub const MAX_ACTIVE_JOBS: u32 = 50;

/// Requests that a user may make in a minute, where the operator says nothing else. Ten a second: a page with a job
/// under way asks once a second, and ten of them at once are still one person.
pub const REQUESTS_PER_MINUTE: u32 = 600;

/// Jobs that a user may submit in a minute: two a second is more than a person clicks.
pub const MAX_JOBS_PER_MINUTE: u32 = 120;

/// Queued jobs that a queue takes: more would wait longer than [`MAX_QUEUED_SECONDS`] on one GPU anyway.
pub const MAX_QUEUED_JOBS: u32 = 10_000;

/// Rows of each kind that one pass of the sweep handles, so that a pass ends well before the next begins.
pub const SWEEP_ROWS: u32 = 1_000;

/// Leases are looked at each quarter of a minute; a gap of more than two looks, with room for a late one, means
/// that the service itself was away, and workers that could not reach it are not to blame for missing
/// heartbeats. Half a minute without the database, as long as a lease lasts, costs nobody an attempt.
pub const OUTAGE_SECONDS: u32 = 40;

/// How long an upload URL is valid: a video of 200 MB at 3 Mbit/s takes nine minutes.
pub const UPLOAD_SECONDS: u32 = 10 * 60;

/// The largest thumbnail or poster. A 1024-pixel JPEG of good quality has a tenth of it.
pub const MAX_THUMBNAIL_BYTES: u64 = 1024 * 1024;

pub const MAX_REFERENCE_BYTES: u64 = 10 * 1024 * 1024;

/// The largest side of a reference: what a phone's camera takes at twelve megapixels. Models see a few hundred pixels
/// of it, and what decodes needs memory for all of them.
pub const MAX_REFERENCE_SIDE: u32 = 4_096;

/// References that a user may have at a time: ten a day of those that go after a month, and room to play.
pub const MAX_REFERENCES: u32 = 500;

/// What they may have together: two hundred of the largest size, for a few cents a month.
pub const MAX_REFERENCES_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Items on one page of a list.
pub const MAX_PAGE: u32 = 100;

/// Items on a page when the client does not say.
pub const DEFAULT_PAGE: u32 = 20;

/// The longest that a client may ask a submit to wait for the result; longer than most proxies allow helps
/// nobody.
pub const MAX_WAIT_SECONDS: u32 = 60;

/// Characters of an idempotency key.
pub const MAX_IDEMPOTENCY_KEY_CHARS: usize = 255;

/// Characters of a search: more than anybody types, and little enough to compare with every prompt of a user.
pub const MAX_SEARCH_CHARS: usize = 100;

/// Characters of a title that a user gives: more than a line of a list shows.
pub const MAX_TITLE_CHARS: usize = 200;

/// Characters of a tag: a word or two.
pub const MAX_TAG_CHARS: usize = 40;

/// Tags of an asset: as many as are read at a glance.
pub const MAX_TAGS: usize = 20;

/// Tags that a user may have in all: a list of them is still looked through, and comes in one answer.
pub const MAX_OWN_TAGS: u32 = 500;

/// Characters of the reason that an operator gives: a sentence or two for the audit.
pub const MAX_REASON_CHARS: usize = 500;

/// Hours back that the queues' history reaches when nobody says how many: a day shows its own rhythm.
pub const DEFAULT_HISTORY_HOURS: u32 = 24;

/// Hours back that the queues' history reaches at most: the sweep forgets what is older than thirty days.
pub const MAX_HISTORY_HOURS: u32 = 720;

/// Projects that a user may have: nothing else stops somebody who makes them by the thousand.
pub const MAX_PROJECTS: u32 = 1_000;

/// Jobs that one call of an operator's purge ends, in one transaction that holds their users' accounts.
pub const MAX_PURGED_JOBS: u32 = 1_000;

/// Requests that one invocation of a function may make, to backends and to others: what Cloudflare's free plan allows,
/// where the 51st fails. Each function has a test that counts its worst case.
pub const MAX_SUBREQUESTS: u32 = 50;

/// Requests that one invocation may repeat because nobody answered, all its calls together: what fails more often is
/// away, and asking again keeps it so. With the first tries they stay within [`MAX_SUBREQUESTS`].
pub const MAX_RETRIES: u32 = 4;

/// Jobs that one call of an operator's redrive orders again: six requests each at most (the order, twice where the
/// database has not seen its three references, and its hint), and one for the page, within [`MAX_SUBREQUESTS`]
/// together with the [`MAX_RETRIES`].
pub const MAX_REDRIVEN_JOBS: u32 = 7;

/// Webhooks that are sent at once: the connections that the runtime keeps open for one invocation. Four passes
/// a minute of so many, with the two calls around each, leave a third of [`MAX_SUBREQUESTS`] to the rest of the passes.
pub const WEBHOOKS_AT_ONCE: u32 = 6;

/// How long a receiver has to answer. Receivers are asked to answer first and to work then.
pub const WEBHOOK_TIMEOUT_MS: u32 = 10_000;

/// How long whoever took a delivery has it to themselves: the receiver's time and that of two calls to the
/// database, twice over.
pub const WEBHOOK_LEASE_SECONDS: u32 = 60;

/// How long a ticket for an event stream is good: a page uses it at once.
pub const TICKET_SECONDS: u32 = 60;

/// Unused tickets that a user may have: more tabs than anybody opens in a minute.
pub const MAX_TICKETS: u32 = 50;

/// API keys that a user may have: one for each program, and a few that are forgotten.
pub const MAX_API_KEYS: u32 = 50;

/// Characters of a key's name.
pub const MAX_KEY_NAME_CHARS: usize = 100;

/// Days after which a key that is to end has ended at the latest; who wants longer wants it without an end.
pub const MAX_KEY_DAYS: i64 = 366;
