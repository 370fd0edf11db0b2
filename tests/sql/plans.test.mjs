// No hot query reads a large table from end to end. Asked of the functions themselves, after enough calls that
// their plans are the generic ones: Postgres counts the sequential scans of the running transaction.

import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, heartbeat, settle, submit, sweep } from './support/calls.mjs';
import { createScratch, EDGE } from './support/scratch.mjs';

const USERS = 2_000;
const JOBS_OF_EACH = 10;
const JOBS_OF_THE_FIRST = 2_000;
// A prepared plan is made anew for each of the first five calls, then may become generic.
const CALLS = 8;
// One row a queue, a type, a machine or a counter, a month of points of two queues, or what came within a quarter of a minute (the leases) or some
// (the messages); a scan is the best plan for these.
const SMALL = [
  'private.expected_times',
  'private.leases',
  'private.measured_totals',
  'private.measurements',
  'private.messages',
  'private.queue_history',
  'private.queue_settings',
  'private.revoked_workers',
  'private.sweep_state',
  'private.workers',
];

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

let scratch;
let users;
let waiting;

before(async () => {
  scratch = await createScratch();
  users = Array.from({ length: USERS }, () => randomUUID());
  await scratch.owner.query(`
    alter table public.jobs disable trigger guard;
    alter table public.images disable trigger guard_new;
    alter table public.videos disable trigger guard_new;
    insert into public.profiles (id) select unnest(array['${users.join(`','`)}']::uuid[]);
    insert into private.accounts (user_id, started, available, event_seq) select id, true, 1000000, 1000000 from public.profiles;
    insert into public.jobs (
      id, user_id, job_type, prompt, num_assets, price_each, fingerprint, idempotency_key, status, created_at, queued_at,
      started_at, completed_at, charged
    )
    select gen_random_uuid(), profile.id, kind.job_type, 'x', case kind.job_type when 'video_fast' then 1 else 3 end, 1, 'f',
      'key ' || n, kind.status, now() - n * interval '1 minute', now(),
      case when kind.status <> 'queued' then now() - n * interval '1 minute' end,
      case when kind.status <> 'queued' then now() end,
      case when kind.status = 'queued' then 0 when kind.job_type = 'video_fast' then 1 else 3 end
    from public.profiles as profile
    cross join lateral generate_series(
      1, case profile.id when '${users[0]}' then ${JOBS_OF_THE_FIRST} else ${JOBS_OF_EACH} end
    ) as n
    cross join lateral (
      select case when n % 5 = 0 then 'video_fast' else 'sdxl_image_fast' end,
        case when n % 10 = 1 then 'queued' else 'completed' end
    ) as kind (job_type, status);
    insert into public.images (job_id, user_id, image_index, quality, status, image_url, saved, created_at)
    select id, user_id, place, 'fast', status, 'x', place = 0, created_at
    from public.jobs, generate_series(0, 2) as place where format = 'image';
    insert into public.videos (job_id, user_id, quality, status, video_url, created_at)
    select id, user_id, 'fast', status, 'x', created_at from public.jobs where format = 'video';
    insert into private.image_tags (image_id, tag, user_id, created_at)
    select id, 'tag ' || image_index, user_id, created_at from public.images where status = 'completed';
    insert into private.video_tags (video_id, tag, user_id, created_at)
    select id, 'video', user_id, created_at from public.videos where status = 'completed';
    insert into public.job_events (user_id, position, job_id, seq, kind)
    select user_id, row_number() over (partition by user_id order by created_at), id, 1, 'queued' from public.jobs;
    insert into private.job_payloads select id, '{}' from public.jobs where status = 'queued';
    insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_at, pushes)
    select id, queue, 1, job_type, num_assets, now(), 1 from public.jobs where status = 'queued';
    update private.accounts as account set held = (
      select sum(num_assets - charged) from public.jobs as job where job.user_id = account.user_id
    );
    insert into private.credit_events (kind, user_id, job_id, amount) select 'hold', user_id, id, num_assets from public.jobs;
    insert into private.claims (job_id, number) select id, 1 from public.jobs where status = 'completed';
    insert into private.settlements select id, 1, 'd', '{}' from public.jobs where status = 'completed';
    insert into private.object_deletions (bucket, key) select 'b', n::text from generate_series(1, 5000) as n;
    insert into private.generation_times (job_type, num_assets, milliseconds)
    select 'sdxl_image_fast', 3, n from generate_series(1, 5000) as n;
    insert into public.projects (user_id) select id from public.profiles;
    insert into public.webhook_deliveries (user_id, job_id, event, url, status, created_at, next_attempt_at)
    select user_id, id, 'completed', 'https://hooks.example.com/' || user_id, case when created_at > now() - interval '2 minutes' then 'pending' else 'delivered' end,
      created_at, created_at from public.jobs where status = 'completed';
    insert into public.webhook_deliveries (user_id, job_id, event, url) select user_id, id, 'canceled', 'https://hooks.example.com/' || user_id
    from public.jobs where user_id = '${users[1]}';
    insert into private.webhook_secrets (user_id, secret, retired_at)
    select id, 'whsec_AAAA', age from public.profiles, (values (null), (now()), (now() - interval '2 days')) as each (age);
    insert into private.webhook_disabled (user_id, url) select id, 'https://elsewhere.example.com/' from public.profiles;
    insert into private.event_tickets (digest, user_id, expires_at, ends_at)
    select encode(sha256(row_number() over ()::text::bytea), 'hex'), id, now() + interval '30 minutes', now() + interval '1 hour'
    from public.profiles, generate_series(1, 3);
    update private.sweep_state set last_pass_at = now(), pruned_at = now();
    alter table public.jobs enable trigger guard;
    alter table public.images enable trigger guard_new;
    alter table public.videos enable trigger guard_new;
    analyze`);
  const { rows } = await scratch.owner.query(
    `select id, user_id from public.jobs where status = 'queued' and format = 'image' order by created_at`,
  );
  waiting = rows;
});
after(() => scratch?.close());

// Counts that the session has not reported yet, of earlier transactions too: what matters is the difference.
async function scans(client) {
  const { rows } = await client.query(
    `select schemaname || '.' || relname as name, seq_scan as scans from pg_stat_xact_user_tables
     where seq_scan > 0 and schemaname in ('public', 'private') and schemaname || '.' || relname <> all ($1)`,
    [SMALL],
  );
  return new Map(rows.map(({ name, scans: count }) => [name, count]));
}

/** Calls a function some times in one transaction and returns the large tables that were scanned. */
async function scansOf(name, makeArguments, user) {
  const client = await scratch.owner.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [
      JSON.stringify({ sub: user ?? randomUUID() }),
    ]);
    const before = await scans(client);
    await client.query(`set local role ${user ? 'authenticated' : EDGE}`);
    for (let n = 0; n < CALLS; n += 1) await call(client, name, makeArguments(n));
    await client.query('reset role');
    const after = await scans(client);
    return [...after].filter(([table, count]) => count > (before.get(table) ?? 0));
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const hourLater = (text) => new Date(Date.parse(text) + 3_600_000).toISOString();
const middle = { p_before: new Date(Date.now() - 100 * 60_000).toISOString(), p_before_id: randomUUID() };
const hot = {
  enqueue_job: (n) => submit(users[n], { p_idempotency_key: `new ${n}`, p_max_active: 5000, p_max_queued: 100_000 }),
  'enqueue_job again': (n) => submit(users[0], { p_idempotency_key: `key ${n + 1}`, p_fingerprint: 'f' }),
  account_of: (n) => ({ p_user_id: users[n], p_starting_credits: 0 }),
  claim_job: (n) => claim({ p_worker_id: `w${n}` }),
  'claim_job by name': (n) => claim({ p_job_id: waiting[n].id }),
  heartbeat_job: (n) => heartbeat(waiting[n].id, { p_progress: n }),
  job_for_settlement: (n) => ({ p_job_id: waiting[n].id }),
  settle_job: (n) =>
    settle(waiting[n].id, 1, 'completed', {
      p_assets: [0, 1, 2].map((index) => asset(index, 'completed')),
      p_digest: 'd',
    }),
  cancel_job: (n) => ({ p_user_id: waiting[n].user_id, p_job_id: waiting[n].id }),
  // The list is as long as what waits, as it nearly always is.
  sweep_pass: () => sweep({ p_sdxl_length: 100_000 }),
  project_prompt: (n) => ({ p_user_id: users[n], p_project_id: randomUUID() }),
  edge_health: () => ({}),
  take_webhooks: () => ({ p_lease_id: randomUUID(), p_limit: 6, p_lease_seconds: 60, p_max_tries: 10 }),
  'take_webhooks of a job': (n) => ({
    p_lease_id: randomUUID(),
    p_limit: 6,
    p_lease_seconds: 60,
    p_max_tries: 10,
    p_job_id: waiting[n].id,
  }),
  record_webhooks: () => ({ p_lease_id: randomUUID(), p_results: [{ id: randomUUID(), outcome: 'gone' }] }),
  webhook_secret: (n) => ({ p_user_id: users[n], p_rotate: n % 2 === 0 }),
  issue_event_ticket: (n) => ({
    p_user_id: users[n],
    p_digest: randomBytes(32).toString('hex'),
    p_seconds: 60,
    p_ends_at_s: Math.floor(Date.now() / 1000) + 60,
    p_most: 50,
  }),
  events_of_ticket: (n) => ({ p_digest: sha256(`${n + 1}`), p_stream_id: randomUUID(), p_after: 0, p_limit: 100 }),
  count_callback: () => ({ p_outcome: 'stale' }),
  admin_deliveries: () => ({ p_limit: 50, ...middle }),
  'admin_deliveries that failed': () => ({ p_limit: 50, p_status: 'failed', ...middle }),
};
for (const [name, makeArguments] of Object.entries(hot)) {
  test(`${name} scans no large table`, async () => {
    assert.deepEqual(await scansOf(name.split(' ')[0], makeArguments), []);
  });
}

test('admin_metrics scans no large table, and what it counts row by row only up to a bound', async () => {
  const scanned = (await scansOf('admin_metrics', () => ({}))).map(([table]) => table);
  assert.deepEqual(
    scanned.filter((table) => !['private.object_deletions', 'public.webhook_deliveries'].includes(table)),
    [],
  );
});

const reads = {
  my_job: (n) => ({ p_job_id: waiting.filter(({ user_id: owner }) => owner === users[0])[n].id }),
  my_jobs: () => ({ p_limit: 50 }),
  'my_jobs further on': () => ({ p_limit: 50, ...middle }),
  'my_jobs by status': () => ({ p_limit: 50, p_status: 'completed', ...middle }),
  my_assets: () => ({ p_limit: 50 }),
  'my_assets further on': () => ({ p_limit: 50, ...middle }),
  'my_assets of the library': () => ({ p_limit: 50, p_saved: true, ...middle }),
  'my_assets from the other end': () => ({ p_limit: 50, p_oldest: true, ...middle }),
  'my_assets of an hour': () => ({ p_limit: 50, p_from: middle.p_before, p_until: hourLater(middle.p_before) }),
  'my_assets by a tag': () => ({ p_limit: 50, p_tag: 'tag 0', ...middle }),
  'my_assets by a tag of what is saved': () => ({ p_limit: 50, p_tag: 'tag 0', p_saved: true, p_kind: 'image' }),
  my_tags: () => ({}),
  my_events: (n) => ({ p_after: n, p_limit: 100 }),
  'my_events of a job': () => ({ p_job_id: waiting[0].id, p_after: 0, p_limit: 100 }),
  my_webhook_deliveries: () => ({ p_limit: 50 }),
  'my_webhook_deliveries further on': () => ({ p_limit: 50, ...middle }),
  'my_webhook_deliveries by status': () => ({ p_limit: 50, p_status: 'failed', ...middle }),
  queue_status: () => ({}),
};
for (const [name, makeArguments] of Object.entries(reads)) {
  test(`${name} scans no large table`, async () => {
    assert.deepEqual(await scansOf(name.split(' ')[0], makeArguments, users[0]), []);
  });
}

test('what users read under row security uses their indexes too', async () => {
  const client = await scratch.user(users[0]).connect();
  try {
    for (const query of [
      'select * from public.jobs order by created_at desc limit 50',
      `select * from public.images where status = 'completed' order by created_at desc limit 50`,
      'select * from public.job_events order by position limit 50',
      'select * from public.usage_logs order by created_at desc limit 50',
    ]) {
      const { rows } = await client.query(`explain ${query}`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.doesNotMatch(plan, /Seq Scan/, plan);
    }
  } finally {
    client.release();
  }
});

test('this test would notice a scan', async () => {
  const client = await scratch.owner.connect();
  try {
    await client.query('begin');
    await client.query(`select count(*) from public.jobs where fingerprint = 'nothing'`);
    const { rows } = await client.query(
      `select seq_scan as scans from pg_stat_xact_user_tables where relid = 'public.jobs'::regclass`,
    );
    assert.ok(rows[0].scans > 0);
  } finally {
    await client.query('rollback');
    client.release();
  }
});
