// cancel_job: what it ends, what it asks for, and what it costs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, jobRow, ledgerFaults, refusal, settle } from './support/calls.mjs';
import { kinds, leftovers, NOTHING, running } from './support/running.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const settleJob = (...args) => call(scratch.edge, 'settle_job', settle(...args));
const forSettlement = (job) => call(scratch.edge, 'job_for_settlement', { p_job_id: job });
const account = (user) => call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 });

const beat = (job, lease, progress) =>
  call(
    scratch.edge,
    'heartbeat_job',
    heartbeat(job, { p_lease_id: lease, p_worker_id: 'worker', p_progress: progress }),
  );

// What a canceled job costs: what was delivered, or the share of what can still be had that was done at the click.
const cancelCost = (price, { delivered, failed = 0, progress }) =>
  Math.max(price * delivered, Math.ceil((price * (3 - failed) * progress) / 100));

test('a canceled job costs what its owner was told at the click, whatever was delivered and however far it was', async () => {
  for (const [price, delivered, failed, progress] of [
    ...[0, 1, 2, 3].flatMap((count) => [0, 1, 33, 34, 50, 66, 67, 99, 100].map((percent) => [2, count, 0, percent])),
    ...[1, 3].flatMap((each) => [0, 1].flatMap((count) => [1, 50, 100].map((percent) => [each, count, 1, percent]))),
  ]) {
    const story = `${delivered} of 3 x ${price} delivered, ${failed} failed, at ${progress} %`;
    const { user, job, lease } = await running(scratch, { p_price_each: price });
    await beat(job, lease, progress);
    const settled = [
      ...Array.from({ length: delivered }, (_, index) => asset(index, 'completed')),
      ...Array.from({ length: failed }, (_, index) => asset(2 - index, 'failed')),
    ];
    if (settled.length > 0) await settleJob(job, 2, 'processing', { p_assets: settled });
    const [cost, charged, released] = [
      cancelCost(price, { delivered, failed, progress }),
      price * delivered,
      price * failed,
    ];
    const cancel = (changes) => call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job, ...changes });
    const asked = { status: 'processing', cancel_cost: cost, charged, released };
    assert.deepEqual(await cancel({ p_dry_run: true }), { ...asked, cancel_requested: false }, story);
    assert.equal((await jobRow(scratch.owner, job)).cancel_requested, false);
    assert.deepEqual(await cancel(), { ...asked, cancel_requested: true }, story);
    // What the worker still does until it hears of it is nobody's order.
    await beat(job, lease, 100);
    const view = await call(scratch.user(user), 'my_job', { p_job_id: job });
    assert.equal(view.cancel_cost, cost, story);
    const { version } = await jobRow(scratch.owner, job);
    assert.deepEqual(
      await settleJob(job, version, 'canceled', { p_charge_used: true }),
      { outcome: 'ok', charged: cost - charged, released: 3 * price - released - cost, version: version + 1 },
      story,
    );
    const ended = { status: 'canceled', cancel_requested: false, cancel_cost: cost, charged: cost };
    assert.deepEqual(await cancel(), { ...ended, released: 3 * price - cost }, story);
  }
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('a worker that fails after a cancel is paid for what it delivered alone', async () => {
  const { user, job, lease } = await running(scratch, { p_price_each: 2 });
  await beat(job, lease, 90);
  await settleJob(job, 2, 'processing', { p_assets: [asset(0, 'completed')] });
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job });
  assert.deepEqual(await settleJob(job, 4, 'canceled'), { outcome: 'ok', charged: 0, released: 4, version: 5 });
});

test('canceling while queued releases all, twice is once', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  const cancel = (changes) => call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job, ...changes });
  const told = { cancel_requested: false, cancel_cost: 0, charged: 0 };
  assert.deepEqual(await cancel({ p_dry_run: true }), { status: 'queued', ...told, released: 0 });
  assert.deepEqual(await cancel(), { status: 'canceled', ...told, released: 3 });
  assert.deepEqual(await cancel(), { status: 'canceled', ...told, released: 3 });
  assert.equal((await account(user)).balance, 1000);
  assert.deepEqual(await leftovers(scratch, job), NOTHING);
  assert.deepEqual(await kinds(scratch, job), ['queued', 'asset', 'asset', 'asset', 'canceled']);
  assert.equal(await call(scratch.edge, 'claim_job', claim({ p_job_id: job })), null);
});

test('canceling while running asks the worker, and makes older plans conflict', async () => {
  const { user, job } = await running(scratch);
  const cancel = (id = job) => call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: id });
  const told = { status: 'processing', cancel_requested: true, cancel_cost: 0, charged: 0, released: 0 };
  assert.deepEqual(await cancel(), told);
  assert.deepEqual(await cancel(), told);
  assert.equal((await settleJob(job, 2, 'queued', { p_next_attempt: 2 })).outcome, 'conflict');
  assert.equal((await forSettlement(job)).job.cancel_requested, true);
  await settleJob(job, 3, 'completed', { p_assets: [0, 1, 2].map((index) => asset(index, 'completed')) });
  await assert.rejects(cancel(), refusal(409, 'state_conflict', { status: 'completed' }));
  await assert.rejects(cancel(randomUUID()), refusal(404, 'not_found'));
});
