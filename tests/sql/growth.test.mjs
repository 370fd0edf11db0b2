// What a call costs does not grow with what waits. Costs are counted in pages and written bytes, which are the same on
// every machine, and never timed: `explain (analyze, buffers, wal)` of a call counts what its functions do as well.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, settle, submit, sweep } from './support/calls.mjs';
import { createScratch, EDGE } from './support/scratch.mjs';

const FEW = 3_000;
const MANY = 12_000;
// Plans become generic after five calls, and caches of the session fill.
const WARM = 8;
// A deeper index costs a page more for each look into it; a scan of what waits costs hundreds.
const DEEPER = 60;
const GROWTH = 1.1;
// A claim looks at the head of its queue, row by row or all at once, as its plan likes.
const HEAD = 600;
const CROWD = 500;
// How often a call is measured.
const MEASURED = 4;
// The caller's, each time: more than a page of a list.
const OWN = 60;

let scratch;
let user;

before(async () => {
  scratch = await createScratch();
  user = randomUUID();
  await enqueue(scratch.edge, user, { p_starting_credits: 1_000_000 });
  await scratch.owner.query(
    'insert into public.profiles (id) select gen_random_uuid() from generate_series(1, $1::integer)',
    [CROWD],
  );
  await scratch.owner.query(
    'insert into private.accounts (user_id) select id from public.profiles on conflict do nothing',
  );
});
after(() => scratch?.close());

/** Lets so many jobs of many users wait, in the three parts of the queue's order. */
async function letWait(jobs) {
  await scratch.owner.query(
    `with crowd as (select array_agg(id) as ids from public.profiles where id <> $1)
     insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, priority, created_at)
     select gen_random_uuid(), case when n % ($2::integer / $3::integer) = 0 then $1 else ids[1 + n % $4::integer] end,
       'sdxl_image_fast', 'x', 3, 1, 'f', n % 3 - 1, now() - n * interval '1 second'
     from generate_series(1, $2::integer) as n, crowd`,
    [user, jobs, OWN, CROWD],
  );
  await scratch.owner.query(`
    insert into private.job_payloads
    select id, '{}' from public.jobs where not exists (select from private.job_payloads where job_id = id);
    insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_at, pushes)
    select id, queue, 1, job_type, num_assets, now(), 1 from public.jobs on conflict do nothing;
    insert into public.images (job_id, user_id, image_index, quality)
    select id, user_id, place, 'fast' from public.jobs, generate_series(0, 2) as place on conflict do nothing;
    update private.accounts as account set held = (
      select coalesce(sum(price_each * num_assets), 0) from public.jobs as job where job.user_id = account.user_id
    )`);
  // As in a deployment: every pass counts what changed since the last one.
  await call(scratch.edge, 'sweep_pass', sweep({ p_sdxl_length: 1_000_000 }));
  await scratch.owner.query('vacuum analyze');
}

async function explained(client, name, args) {
  const keys = Object.keys(args);
  const named = keys.map((key, index) => `${key} => $${index + 1}`).join(', ');
  const values = keys.map((key) => {
    const value = args[key];
    return value !== null && typeof value === 'object' && !['p_models', 'p_webhook_events'].includes(key)
      ? JSON.stringify(value)
      : value;
  });
  const { rows } = await client.query(
    `explain (analyze, buffers, wal, timing off, format json) select public.${name}(${named})`,
    values,
  );
  const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
  return {
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    bytes: plan['WAL Bytes'],
    images: plan['WAL FPI'],
  };
}

const waiting = async (client) =>
  (
    await client.query(
      `select id from public.jobs where status = 'queued' and user_id = $1 order by created_at desc limit 1 offset 9`,
      [user],
    )
  ).rows[0].id;

const calls = {
  enqueue_job: async () =>
    submit(user, { p_num_assets: 6, p_max_active: 1_000, p_max_per_minute: 1_000, p_max_queued: 1_000_000 }),
  claim_job: async () => claim(),
  heartbeat_job: async (client) => heartbeat(await waiting(client), { p_progress: 50 }),
  job_for_settlement: async (client) => ({ p_job_id: await waiting(client) }),
  settle_job: async (client) =>
    settle(await waiting(client), 1, 'completed', {
      p_assets: [0, 1, 2].map((index) => asset(index, 'completed')),
      p_digest: 'd',
    }),
  cancel_job: async (client) => ({ p_user_id: user, p_job_id: await waiting(client) }),
  sweep_pass: async () => sweep({ p_sdxl_length: 1_000_000 }),
  my_job: async (client) => ({ p_job_id: await waiting(client) }),
  my_jobs: async () => ({ p_limit: 10 }),
  queue_status: async () => ({}),
};
const READS = ['my_job', 'my_jobs', 'queue_status'];

/** Rows that the running transaction has written so far. */
async function written(client) {
  const { rows } = await client.query(`
    select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) as rows from pg_stat_xact_user_tables
    where schemaname in ('public', 'private')`);
  return Number(rows[0].rows);
}

// After a checkpoint the first change of a page writes the page itself, and a page of an index that was full is split:
// both stay done when the transaction is undone, say nothing of the call, and are not met the next time. What a
// transaction that never was left behind is cleaned up by the next one. So the cheapest of some is what a call costs.
async function cost(name) {
  // Without what the calls measured before it left in the indexes.
  await scratch.owner.query('vacuum');
  const costs = [];
  for (let tries = 0; tries < 3 * MEASURED && costs.length < MEASURED; tries += 1) {
    const { images, ...cost } = await costNow(name);
    if (images === 0) costs.push(cost);
  }
  if (costs.length < MEASURED) throw new Error(`${name}: images of pages each time`);
  const least = (what) => Math.min(...costs.map((cost) => cost[what]));
  return { pages: least('pages'), bytes: least('bytes'), rows: least('rows') };
}

/** The cost of one call after some others, all in a transaction that never was. */
async function costNow(name) {
  const client = await scratch.owner.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify({ sub: user })]);
    const asCaller = async (work) => {
      await client.query(`set local role ${READS.includes(name) ? 'authenticated' : EDGE}`);
      const result = await work();
      await client.query('reset role');
      return result;
    };
    for (let n = 0; n < WARM; n += 1) {
      const args = await calls[name](client);
      await asCaller(() => call(client, name, args));
    }
    const args = await calls[name](client);
    const before = await written(client);
    const cost = await asCaller(() => explained(client, name, args));
    return { ...cost, rows: (await written(client)) - before };
  } finally {
    await client.query('rollback');
    client.release();
  }
}

// What one call may cost: a tenth more than it does. Who needs more says so here.
const BUDGETS = {
  enqueue_job: { pages: 209, bytes: 4_640, rows: 14 },
  // It looks at forty users in turn, and at those who have waited longest.
  claim_job: { pages: 540, bytes: 2_600, rows: 10 },
  // Of three assets, and of a job that nobody had claimed.
  settle_job: { pages: 230, bytes: 5_830, rows: 18 },
  cancel_job: { pages: 205, bytes: 4_700, rows: 16 },
  job_for_settlement: { pages: 11, rows: 0 },
  my_job: { pages: 33, rows: 0 },
  my_jobs: { pages: 165, rows: 0 },
  queue_status: { pages: 32, rows: 0 },
};

test('no call reads or writes more when five times as much waits', async () => {
  await letWait(FEW);
  const few = {};
  for (const name of Object.keys(calls)) few[name] = await cost(name);
  await letWait(MANY);
  const grown = {};
  for (const name of Object.keys(calls)) {
    const many = await cost(name);
    const allowed = name === 'claim_job' ? DEEPER + HEAD : DEEPER;
    if (many.pages > few[name].pages * GROWTH + allowed) grown[name] = [few[name].pages, many.pages];
  }
  assert.deepEqual(grown, {});
  const dearer = Object.keys(BUDGETS).filter((name) =>
    Object.keys(BUDGETS[name]).some((what) => few[name][what] > BUDGETS[name][what]),
  );
  assert.deepEqual(
    dearer.map((name) => [name, few[name]]),
    [],
  );
});

test('a heartbeat rewrites its lease in place', async () => {
  const job = await enqueue(scratch.edge, user, { p_max_active: 1_000, p_max_queued: 1_000_000 });
  const { lease_id: lease } = await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  const counts = async () => {
    await scratch.edge.query('select pg_stat_force_next_flush()');
    const { rows } = await scratch.owner.query(
      `select coalesce(sum(n_tup_upd), 0)::int as updates, coalesce(sum(n_tup_hot_upd), 0)::int as hot
       from pg_stat_user_tables where schemaname = 'private' and relname in ('leases', 'workers')`,
    );
    return rows[0];
  };
  const client = await scratch.edge.connect();
  try {
    const before = await counts();
    for (let n = 1; n <= 50; n += 1) {
      await call(
        client,
        'heartbeat_job',
        heartbeat(job, { p_attempt: 1, p_lease_id: lease, p_worker_id: 'worker', p_progress: n }),
      );
    }
    await client.query('select pg_stat_force_next_flush()');
    const after = await counts();
    const [updates, hot] = [after.updates - before.updates, after.hot - before.hot];
    assert.ok(updates >= 100, `${updates} updates are those of the lease and of the worker`);
    // A page that is full for a moment takes one row elsewhere.
    assert.ok(hot >= updates * 0.9, `${hot} of ${updates} are heap-only`);
  } finally {
    client.release();
  }
});
