// Everything at once: submits, claims, heartbeats, settlements, cancels, lost workers and sweeps on the same few
// jobs. No deadlock, and in the end every job has ended, once, and every credit is where it belongs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, ledgerFaults, settle, sweep } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const STORM_MS = 6_000;
const USERS = 4;
const WORKERS = 6;
// What a racing request may be told: the job has ended meanwhile, or there are too many.
const EXPECTED = ['PT409', 'PT429'];

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const random = (limit) => Math.floor(Math.random() * limit);

async function tolerant(work) {
  try {
    return await work();
  } catch (error) {
    assert.ok(EXPECTED.includes(error.code), `${error.code} ${error.message}`);
    return null;
  }
}

/** A worker that now and then vanishes, reports twice, or reports what is no longer its own. */
async function work(name, until) {
  while (Date.now() < until) {
    const lease = randomUUID();
    const claimed = await call(
      scratch.edge,
      'claim_job',
      claim({ p_worker_id: name, p_lease_id: lease, p_lease_seconds: 1 }),
    );
    if (claimed === null) continue;
    const job = claimed.job_id;
    const mine = { p_attempt: claimed.attempt, p_lease_id: lease, p_worker_id: name, p_lease_seconds: 1 };
    await call(scratch.edge, 'heartbeat_job', heartbeat(job, { ...mine, p_progress: random(100) }));
    if (random(4) === 0) continue;
    const reports = Array.from({ length: 1 + random(2) }, () => report(job, name, mine.p_attempt));
    await Promise.all([...reports, call(scratch.edge, 'heartbeat_job', heartbeat(job, { ...mine, p_progress: 99 }))]);
  }
}

async function report(job, worker, attempt) {
  const context = await call(scratch.edge, 'job_for_settlement', { p_job_id: job });
  const { version, attempt: current } = context.job;
  const changes = { p_worker_id: worker, p_attempt: attempt, p_next_attempt: current, p_digest: `d${random(3)}` };
  const [status, more] = [
    ['completed', { p_assets: [0, 1, 2].map((index) => asset(index, random(3) ? 'completed' : 'failed')) }],
    ['processing', { p_assets: [asset(random(3), 'completed')], p_progress: 40 }],
    ['failed', {}],
    ['canceled', { p_charge_used: random(2) === 1 }],
    ['queued', { p_next_attempt: current + random(2) }],
  ][random(5)];
  await tolerant(() => call(scratch.edge, 'settle_job', settle(job, version, status, { ...changes, ...more })));
}

async function order(user, until) {
  while (Date.now() < until) {
    const limits = { p_max_active: 12, p_max_per_minute: 1_000_000, p_idempotency_key: `k${random(500)}` };
    const job = await tolerant(() => enqueue(scratch.edge, user, limits));
    if (job === null) continue;
    if (random(5) === 0) await tolerant(() => call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job }));
  }
}

async function tidy(until) {
  while (Date.now() < until) {
    const { push, objects } = await call(scratch.edge, 'sweep_pass', sweep({ p_outage_seconds: 60 }));
    const pushed = push.map(({ job_id: job, attempt }) => ({ job_id: job, attempt }));
    await call(scratch.edge, 'sweep_done', { p_pushed: pushed, p_deleted: objects });
  }
}

test('everything at once', async () => {
  const users = Array.from({ length: USERS }, () => randomUUID());
  await call(scratch.edge, 'sweep_pass', sweep());
  const until = Date.now() + STORM_MS;
  await Promise.all([
    ...users.map((user) => order(user, until)),
    ...Array.from({ length: WORKERS }, (_, n) => work(`worker ${n}`, until)),
    tidy(until),
    tidy(until),
  ]);

  const { rows: before } = await scratch.owner.query(
    `select count(*) as jobs, count(completed_at) as ended from public.jobs`,
  );
  assert.ok(before[0].ended > 20, JSON.stringify(before[0]));
  assert.deepEqual(await ledgerFaults(scratch.owner), []);

  // The workers are gone. The sweep alone brings everything to its end.
  await scratch.owner.query(`update public.jobs set queued_at = now() - interval '2 days' where status = 'queued'`);
  await scratch.owner.query(`update private.leases set until = now() - interval '1 second'`);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await call(scratch.edge, 'sweep_pass', sweep({ p_max_attempts: 1, p_outage_seconds: 60 }));
  }
  const { rows } = await scratch.owner.query(`
    select
      (select count(*) from public.jobs where completed_at is null) as open_jobs,
      (select count(*) from public.images where status in ('queued', 'processing')) as open_assets,
      (select count(*) from public.jobs where charged + released < price_each * num_assets) as open_holds,
      (select count(*) from private.leases) as leases,
      (select count(*) from private.outbox) as hints,
      (select count(*) from private.job_payloads) as payloads,
      (select coalesce(sum(held), 0)::bigint from private.accounts) as held,
      (select count(*) from public.usage_logs log where credits_consumed <> (
        select coalesce(sum(amount), 0) from private.credit_events event
        where event.job_id = log.job_id and event.kind = 'charge')) as wrong_usage,
      (select count(*) from private.accounts account where event_seq <> (
        select max(position) from public.job_events event where event.user_id = account.user_id)) as wrong_streams`);
  assert.deepEqual(rows[0], {
    open_jobs: 0,
    open_assets: 0,
    open_holds: 0,
    leases: 0,
    hints: 0,
    payloads: 0,
    held: 0,
    wrong_usage: 0,
    wrong_streams: 0,
  });
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
  const { rows: ends } = await scratch.owner.query(`
    select count(*) as jobs from public.jobs as job where 1 <> (
      select count(*) from public.job_events event where event.job_id = job.id and kind in ('completed', 'failed', 'canceled'))`);
  assert.equal(ends[0].jobs, 0, 'each job has ended exactly once');
});
