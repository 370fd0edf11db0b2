// settle_job: every job ends once, and every credit is charged or released once.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, countRows, enqueue, heartbeat, jobRow, ledgerFaults, settle } from './support/calls.mjs';
import { kinds, leftovers, NOTHING, running } from './support/running.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

// What the next report will be judged by is told too, and tested where it is brought along.
async function settleJob(...args) {
  const { version, lease_until_ms: until, ...reply } = await call(scratch.edge, 'settle_job', settle(...args));
  return reply;
}
const forSettlement = (job) => call(scratch.edge, 'job_for_settlement', { p_job_id: job });
const account = (user) => call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 });

test('a completed batch is charged, recorded and told', async () => {
  const { user, job, keys } = await running(scratch);
  const context = await forSettlement(job);
  assert.deepEqual([context.job.version, context.assets.length, context.settled], [2, 3, []]);
  const assets = [0, 1, 2].map((index) => ({
    ...asset(index, 'completed', keys[index * 2]),
    thumbnail_url: keys[index * 2 + 1],
    title: `lighthouse (${index + 1})`,
    metadata: { seed: index },
  }));
  const reply = await settleJob(job, 2, 'completed', {
    p_assets: assets,
    p_metadata: { seed: 7 },
    p_worker_id: 'worker',
    p_generation_ms: 4000,
    p_digest: 'd',
    p_reply: { a: 1 },
  });
  assert.deepEqual(reply, { outcome: 'ok', charged: 3, released: 0 });
  const row = await jobRow(scratch.owner, job);
  assert.deepEqual(
    [row.status, row.progress, row.metadata.seed, row.metadata.prompt],
    ['completed', 100, 7, 'a lighthouse at dawn'],
  );
  const { rows: images } = await scratch.owner.query(
    'select image_url, thumbnail_url, title, status, metadata from public.images where job_id = $1 order by image_index',
    [job],
  );
  assert.deepEqual(images[1], {
    image_url: keys[2],
    thumbnail_url: keys[3],
    title: 'lighthouse (2)',
    status: 'completed',
    metadata: { seed: 1 },
  });
  assert.deepEqual(await leftovers(scratch, job), NOTHING);
  assert.deepEqual(await kinds(scratch, job), ['queued', 'processing', 'asset', 'asset', 'asset', 'completed']);
  assert.deepEqual((await forSettlement(job)).settled, [{ attempt: 1, digest: 'd', reply: { a: 1 } }]);
  assert.deepEqual(await account(user), { balance: 997, held: 0, active_jobs: 0, total_jobs: 1, credits_spent: 3 });
  const { rows: doomed } = await scratch.owner.query('select key from private.object_deletions where key = any ($1)', [
    keys,
  ]);
  assert.deepEqual(doomed, [], 'what a row shows is kept');
});

test('what turned out to cost less is charged at that, and the rest is given back', async () => {
  const { user, job } = await running(scratch, { p_price_each: 3 });
  const settling = { p_assets: [asset(0, 'completed'), asset(1, 'completed'), asset(2, 'failed')], p_price_each: 2 };
  assert.deepEqual(await settleJob(job, 2, 'completed', settling), { outcome: 'ok', charged: 4, released: 5 });
  assert.deepEqual(await account(user), { balance: 996, held: 0, active_jobs: 0, total_jobs: 1, credits_spent: 4 });
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('nothing costs more than what is held for it', async () => {
  const { job } = await running(scratch);
  const settling = { p_assets: [asset(0, 'completed')], p_price_each: 2 };
  assert.deepEqual(await settleJob(job, 2, 'completed', settling), { outcome: 'ok', charged: 1, released: 2 });
});

test('settling twice changes nothing the second time', async () => {
  const { job } = await running(scratch);
  const settlement = settle(job, 2, 'completed', {
    p_assets: [0, 1, 2].map((index) => asset(index, 'completed')),
    p_digest: 'd',
  });
  await call(scratch.edge, 'settle_job', settlement);
  const before = await countRows(scratch.owner);
  assert.deepEqual(await call(scratch.edge, 'settle_job', settlement), {
    outcome: 'conflict',
    charged: 0,
    released: 0,
  });
  assert.deepEqual(await countRows(scratch.owner), before);
});

test('of twenty settlements of one version at once one counts', async () => {
  const { job } = await running(scratch);
  const replies = await Promise.all(
    Array.from({ length: 20 }, () =>
      settleJob(job, 2, 'completed', { p_assets: [0, 1, 2].map((index) => asset(index, 'completed')) }),
    ),
  );
  assert.deepEqual(replies.map(({ outcome }) => outcome).sort(), [...Array(19).fill('conflict'), 'ok']);
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('an ended job cannot be settled again, even at its right version', async () => {
  const { job } = await running(scratch);
  await settleJob(job, 2, 'failed');
  for (const status of ['completed', 'failed', 'queued'])
    assert.equal((await settleJob(job, 3, status)).outcome, 'conflict');
  assert.deepEqual(await settleJob(randomUUID(), 1, 'failed'), { outcome: 'not_found', charged: 0, released: 0 });
});

test('image by image: what arrived is charged at once, the rest when the job ends', async () => {
  const { user, job } = await running(scratch);
  assert.deepEqual(await settleJob(job, 2, 'processing', { p_assets: [asset(0, 'completed')], p_progress: 33 }), {
    outcome: 'ok',
    charged: 1,
    released: 0,
  });
  assert.deepEqual(
    await settleJob(job, 3, 'processing', { p_assets: [asset(0, 'completed'), asset(1, 'completed')] }),
    { outcome: 'ok', charged: 1, released: 0 },
  );
  const { job: row, lease } = await forSettlement(job);
  assert.deepEqual([row.status, row.progress], ['processing', 33]);
  assert.notEqual(lease, null);
  // The last one is not mentioned: an ended job has no open asset.
  assert.deepEqual(await settleJob(job, 4, 'completed', { p_assets: [] }), { outcome: 'ok', charged: 0, released: 1 });
  const { rows } = await scratch.owner.query(
    'select status from public.images where job_id = $1 order by image_index',
    [job],
  );
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['completed', 'completed', 'failed'],
  );
  assert.equal((await account(user)).credits_spent, 2);
  const { rows: usage } = await scratch.owner.query(
    'select credits_consumed from public.usage_logs where job_id = $1',
    [job],
  );
  assert.equal(usage[0].credits_consumed, 2);
  assert.deepEqual(await leftovers(scratch, job), NOTHING);
});

test('a failure releases everything and keeps what the worker said to operators', async () => {
  const { user, job, keys } = await running(scratch);
  await settleJob(job, 2, 'failed', { p_worker_id: 'worker', p_worker_error: 'CUDA out of memory' });
  assert.equal((await account(user)).balance, 1000);
  const { rows } = await scratch.owner.query(
    'select worker_id, error_code, worker_error from private.job_errors where job_id = $1',
    [job],
  );
  assert.deepEqual(rows, [
    { worker_id: 'worker', error_code: 'generation_failed', worker_error: 'CUDA out of memory' },
  ]);
  const view = await call(scratch.user(user), 'my_job', { p_job_id: job });
  assert.deepEqual([view.status, view.error_code, view.error_message], ['failed', 'generation_failed', 'It failed.']);
  assert.ok(!JSON.stringify(view).includes('CUDA'));
  const { rows: doomed } = await scratch.owner.query(
    'select count(*) as keys from private.object_deletions where key = any ($1)',
    [keys],
  );
  assert.equal(doomed[0].keys, 6);
});

test('requeueing starts another attempt; the late result of the one before is welcome until it is claimed', async () => {
  const { job, keys } = await running(scratch);
  assert.equal((await settleJob(job, 2, 'queued', { p_next_attempt: 2, p_worker_error: 'x' })).outcome, 'ok');
  const context = await forSettlement(job);
  assert.deepEqual([context.job.status, context.job.attempt, context.lease], ['queued', 2, null]);
  const { rows: hints } = await scratch.owner.query('select attempt, pushed_at from private.outbox where job_id = $1', [
    job,
  ]);
  assert.deepEqual(hints, [{ attempt: 2, pushed_at: null }]);
  const again = await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  assert.equal(again.attempt, 2);
  assert.ok(again.keys.every(({ key }) => key.includes(`${job}_2_`)));
  const { rows: doomed } = await scratch.owner.query(
    'select count(*) as keys from private.object_deletions where key = any ($1)',
    [keys],
  );
  assert.equal(doomed[0].keys, 6, 'nobody needs the files of the lost attempt');
  assert.deepEqual(await kinds(scratch, job), ['queued', 'processing', 'requeued', 'processing']);
});

test('a late result of the attempt before settles an unclaimed job', async () => {
  const { job, keys } = await running(scratch);
  await settleJob(job, 2, 'queued', { p_next_attempt: 2 });
  const assets = [0, 1, 2].map((index) => asset(index, 'completed', keys[index * 2]));
  assert.deepEqual(await settleJob(job, 3, 'completed', { p_next_attempt: 2, p_assets: assets }), {
    outcome: 'ok',
    charged: 3,
    released: 0,
  });
  assert.deepEqual(await leftovers(scratch, job), NOTHING);
});

test('a job that is given back keeps its attempt', async () => {
  const { job } = await running(scratch);
  await settleJob(job, 2, 'queued', { p_next_attempt: 1 });
  const again = await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  assert.equal(again.attempt, 1);
});

test('what an earlier attempt delivered stays, and is not charged again', async () => {
  const { user, job, keys } = await running(scratch);
  await settleJob(job, 2, 'processing', { p_assets: [asset(0, 'completed', keys[0])] });
  await settleJob(job, 3, 'queued', { p_next_attempt: 2 });
  await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  const { rows: doomed } = await scratch.owner.query('select key from private.object_deletions where key = $1', [
    keys[0],
  ]);
  assert.deepEqual(doomed, []);
  const assets = [0, 1, 2].map((index) => asset(index, 'completed', `second-${index}`));
  assert.deepEqual(await settleJob(job, 5, 'completed', { p_attempt: 2, p_next_attempt: 2, p_assets: assets }), {
    outcome: 'ok',
    charged: 2,
    released: 0,
  });
  const { rows } = await scratch.owner.query(
    'select image_url from public.images where job_id = $1 order by image_index',
    [job],
  );
  assert.deepEqual(
    rows.map(({ image_url: url }) => url),
    [keys[0], 'second-1', 'second-2'],
  );
  assert.equal((await account(user)).credits_spent, 3);
});

test('a worker of the old kind may fail and ask for another attempt without having begun', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  assert.equal((await settleJob(job, 1, 'queued', { p_next_attempt: 2, p_worker_error: 'x' })).outcome, 'ok');
  const { rows } = await scratch.owner.query('select attempt, pushed_at from private.outbox where job_id = $1', [job]);
  assert.deepEqual(rows, [{ attempt: 2, pushed_at: null }]);
});

test('a video', async () => {
  const { job } = await running(scratch, { p_job_type: 'video_fast', p_num_assets: 1, p_price_each: 5 });
  const assets = [{ ...asset(0, 'completed', 'a.mp4'), thumbnail_url: 'poster.jpg', title: 'sea' }];
  assert.deepEqual(await settleJob(job, 2, 'completed', { p_assets: assets }), {
    outcome: 'ok',
    charged: 5,
    released: 0,
  });
  const { rows } = await scratch.owner.query(
    'select video_url, thumbnail_url, title, status from public.videos where job_id = $1',
    [job],
  );
  assert.deepEqual(rows, [{ video_url: 'a.mp4', thumbnail_url: 'poster.jpg', title: 'sea', status: 'completed' }]);
});

test('whoever asked for it is told of the outcomes they asked for', async () => {
  const hook = { p_webhook_url: 'https://example.org/hook' };
  const deliveries = async (job) =>
    (await scratch.owner.query('select event, url, status from public.webhook_deliveries where job_id = $1', [job]))
      .rows;
  const all = await running(scratch, { ...hook, p_webhook_events: [] });
  await settleJob(all.job, 2, 'failed');
  assert.deepEqual(await deliveries(all.job), [{ event: 'failed', url: hook.p_webhook_url, status: 'pending' }]);
  const some = await running(scratch, { ...hook, p_webhook_events: ['completed'] });
  await settleJob(some.job, 2, 'failed');
  assert.deepEqual(await deliveries(some.job), []);
});

test('cancel, settlement and claim at once leave one outcome and no open hold', async () => {
  const user = randomUUID();
  const jobs = await Promise.all(Array.from({ length: 30 }, () => enqueue(scratch.edge, user)));
  await Promise.all(
    jobs.flatMap((job) => [
      call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job }).catch((error) =>
        assert.equal(error.code, 'PT409'),
      ),
      call(scratch.edge, 'claim_job', claim({ p_job_id: job })),
      settleJob(job, 1, 'completed', { p_assets: [asset(0, 'completed')] }),
      settleJob(job, 2, 'failed'),
      call(scratch.edge, 'heartbeat_job', heartbeat(job, { p_worker_id: 'other', p_progress: 10 })),
    ]),
  );
  const { rows } = await scratch.owner.query(
    `select count(*) as open from public.jobs job where id = any ($1) and completed_at is not null
       and exists (select from public.images image where image.job_id = job.id and image.status in ('queued', 'processing'))`,
    [jobs],
  );
  assert.equal(rows[0].open, 0);
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('a job whose assets are deleted has none, which is a list as well', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user, { p_job_type: 'image_fast', p_num_assets: 1 });
  await call(
    scratch.edge,
    'settle_job',
    settle(job, 1, 'completed', { p_assets: [asset(0, 'completed')], p_digest: 'd' }),
  );
  const {
    assets: [only],
  } = await call(scratch.edge, 'job_for_settlement', { p_job_id: job });
  await call(scratch.edge, 'delete_asset', { p_user_id: user, p_asset_id: only.id });
  assert.deepEqual((await call(scratch.edge, 'job_for_settlement', { p_job_id: job })).assets, []);
});
