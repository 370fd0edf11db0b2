// Calls of the SQL functions, with the arguments that a test does not care about filled in.

import { randomUUID } from 'node:crypto';

/** Calls a function by named arguments, as PostgREST does, and returns its value. */
export async function call(client, name, args = {}) {
  const keys = Object.keys(args);
  const named = keys.map((key, index) => `${key} => $${index + 1}`).join(', ');
  const values = keys.map((key) => forPostgres(key, args[key]));
  const { rows } = await client.query(`select public.${name}(${named}) as value`, values);
  return rows[0].value;
}

// Some parameters are arrays of Postgres; every other object or array is JSON.
const ARRAYS = ['p_models', 'p_webhook_events', 'p_words', 'p_scopes', 'p_add_tags', 'p_remove_tags'];

function forPostgres(key, value) {
  const isArray = ARRAYS.includes(key);
  return value !== null && typeof value === 'object' && !isArray ? JSON.stringify(value) : value;
}

/** Arguments of a submit by `user`. */
export function submit(user, changes = {}) {
  return {
    p_user_id: user,
    p_job_id: randomUUID(),
    p_job_type: 'sdxl_image_fast',
    p_prompt: 'a lighthouse at dawn',
    p_num_assets: 3,
    p_price_each: 1,
    p_metadata: { prompt: 'a lighthouse at dawn' },
    p_payload: { prompt: 'a lighthouse at dawn' },
    p_fingerprint: 'fingerprint',
    p_starting_credits: 1000,
    p_max_active: 50,
    p_max_per_minute: 120,
    p_max_queued: 10_000,
    ...changes,
  };
}

/** Submits a job and returns its id. */
export async function enqueue(edge, user, changes = {}) {
  const { job } = await call(edge, 'enqueue_job', submit(user, changes));
  return job.id;
}

/** Arguments of a claim. */
export function claim(changes = {}) {
  return { p_worker_id: 'worker', p_queue: 'sdxl_queue', p_lease_id: randomUUID(), p_lease_seconds: 30, ...changes };
}

/** Arguments of a heartbeat. */
export function heartbeat(job, changes = {}) {
  return { p_job_id: job, p_new_lease_id: randomUUID(), p_lease_seconds: 30, p_legacy_lease_seconds: 900, ...changes };
}

/** Arguments of a settlement of attempt 1. */
export function settle(job, version, status, changes = {}) {
  return {
    p_job_id: job,
    p_version: version,
    p_attempt: 1,
    p_status: status,
    p_next_attempt: 1,
    p_metadata: {},
    p_assets: [],
    p_reply: { success: true },
    ...(status === 'failed' ? { p_error_code: 'generation_failed', p_error_message: 'It failed.' } : {}),
    ...changes,
  };
}

/** An asset's change, as a settlement carries it. */
export function asset(index, status, url = null) {
  return {
    index,
    status,
    url: url ?? (status === 'completed' ? `key-${index}` : null),
    thumbnail_url: null,
    title: null,
    metadata: {},
  };
}

/** Arguments of a pass of the sweep. */
export function sweep(changes = {}) {
  return {
    p_limit: 1000,
    p_lists_lost: false,
    p_sdxl_length: 0,
    p_wan_length: 0,
    p_max_attempts: 3,
    p_outage_seconds: 45,
    p_max_queued_seconds: 86_400,
    p_max_running_seconds: 3_600,
    p_lease_seconds: 30,
    ...changes,
  };
}

/** The job's row, read as the owner of the database. */
export async function jobRow(owner, job) {
  const { rows } = await owner.query('select * from public.jobs where id = $1', [job]);
  return rows[0];
}

/** What an error of ours says: the status that PostgREST makes of it, and the code. */
export function refusal(status, code, details) {
  return (error) =>
    error.code === `PT${status}` &&
    error.hint === code &&
    (details === undefined || JSON.stringify(JSON.parse(error.detail)) === JSON.stringify(details));
}

/**
 * Every table's number of rows; what is counted comes with everything, and is added up by the next pass of the sweep, which
 * notes how the queues are now and then.
 */
export async function countRows(owner) {
  const { rows } = await owner.query(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('public', 'private') and tablename not like 'measure%'
      and tablename <> 'queue_history' order by 1`);
  const counts = {};
  for (const { name } of rows) {
    const { rows: counted } = await owner.query(`select count(*) as rows from ${name}`);
    counts[name] = counted[0].rows;
  }
  return counts;
}

/** What must hold of the ledger at every moment. Returns what does not. */
export async function ledgerFaults(owner) {
  const { rows } = await owner.query(`
    select 'postings do not add up to zero' as fault, null::uuid as user_id
    from private.credit_postings having sum(amount) <> 0
    union all
    select 'balance is not the sum of its postings', account.user_id
    from private.accounts as account
    left join lateral (
      select
        coalesce(sum(amount) filter (where posting.account = 'available'), 0) as available,
        coalesce(sum(amount) filter (where posting.account = 'held'), 0) as held,
        coalesce(sum(amount) filter (where posting.account = 'spent'), 0) as spent
      from private.credit_postings as posting where posting.user_id = account.user_id
    ) as posted on true
    where (account.available, account.held, account.spent) <> (posted.available, posted.held, posted.spent)
    union all
    select 'held is not the sum of the open holds', account.user_id
    from private.accounts as account
    where account.held <> (
      select coalesce(sum(job.price_each * job.num_assets - job.charged - job.released), 0)
      from public.jobs as job where job.user_id = account.user_id
    )
    union all
    select 'a job says other than its events', job.user_id
    from public.jobs as job
    left join lateral (
      select
        coalesce(sum(amount) filter (where event.kind = 'hold'), 0) as held,
        coalesce(sum(amount) filter (where event.kind = 'charge'), 0) as charged,
        coalesce(sum(amount) filter (where event.kind in ('release', 'return')), 0) as released
      from private.credit_events as event where event.job_id = job.id
    ) as told on true
    where (job.price_each * job.num_assets, job.charged, job.released) <> (told.held, told.charged, told.released)`);
  return rows;
}

/** Waits for the next minute when this one is about to end: the submit limit's window is the minute. */
export async function earlyInTheMinute() {
  const seconds = (Date.now() / 1000) % 60;
  if (seconds > 50) await new Promise((resolve) => setTimeout(resolve, (60.1 - seconds) * 1000));
}

/** Ends what earlier tests left waiting or running: it would be claimed first. */
export function emptyQueues(scratch) {
  return scratch.owner.query(`
    delete from private.leases;
    update public.jobs
    set status = 'canceled', completed_at = now(), released = price_each * num_assets - charged
    where status in ('queued', 'processing')`);
}
