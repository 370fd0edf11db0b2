// What users read: their jobs and assets in pages, and how full the queues are.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, settle } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

test('a job shows position, expected time and why it waits, then its progress', async () => {
  const user = randomUUID();
  const me = scratch.user(user);
  const view = (job) => call(me, 'my_job', { p_job_id: job });
  const wan = { p_job_type: 'image_fast', p_num_assets: 1 };
  const first = await enqueue(scratch.edge, user, wan);
  const second = await enqueue(scratch.edge, user, wan);
  assert.equal((await view(first)).waiting_for, 'no worker for wan_queue has been seen yet');

  await call(
    scratch.edge,
    'claim_job',
    claim({ p_worker_id: 'passing by', p_queue: 'wan_queue', p_job_id: randomUUID() }),
  );
  const waiting = await view(second);
  assert.deepEqual([waiting.position, waiting.eta_seconds, waiting.waiting_for], [2, 146, 'one job that goes first']);
  assert.deepEqual(waiting.credits, { held: 1, charged: 0, released: 0 });
  assert.equal((await view(first)).waiting_for, 'the next free worker');

  await scratch.owner.query(`update private.workers set last_seen_at = now() - interval '250 seconds'`);
  assert.equal((await view(first)).waiting_for, 'no worker for wan_queue has been seen for 4 minutes');
  await scratch.owner.query(`update private.queue_settings set paused = true`);
  assert.equal((await view(first)).waiting_for, 'paused by an operator');
  await scratch.owner.query(`update private.queue_settings set paused = false`);

  const lease = randomUUID();
  await call(scratch.edge, 'claim_job', claim({ p_queue: 'wan_queue', p_job_id: first, p_lease_id: lease }));
  await call(
    scratch.edge,
    'heartbeat_job',
    heartbeat(first, { p_lease_id: lease, p_worker_id: 'worker', p_progress: 50 }),
  );
  const running = await view(first);
  assert.deepEqual(
    [running.status, running.progress, running.position, running.eta_seconds, running.waiting_for],
    ['processing', 50, null, 37, null],
  );
  assert.equal(running.assets[0].status, 'processing');
  assert.equal((await view(second)).position, 1);
  assert.equal(await view(randomUUID()), null);
});

test('the state of the queues', async () => {
  const user = randomUUID();
  await enqueue(scratch.edge, user, { p_job_type: 'video_fast', p_num_assets: 1 });
  const queues = await call(scratch.user(user), 'queue_status');
  assert.deepEqual(
    queues.map(({ queue }) => queue),
    ['sdxl_queue', 'wan_queue'],
  );
  const wan = queues[1];
  assert.deepEqual([wan.processing, wan.paused, wan.workers], [1, false, 1]);
  assert.ok(wan.queued >= 2 && wan.eta_seconds > 250 && wan.median_wait_seconds >= 0, JSON.stringify(wan));
});

/** Reads all pages and returns the items. */
async function pages(read, limit) {
  const items = [];
  for (let page = await read({ p_limit: limit }); page.length > 0; ) {
    assert.ok(page.length <= limit);
    items.push(...page);
    const last = page.at(-1);
    page = await read({ p_limit: limit, p_before: last.created_at, p_before_id: last.id });
  }
  return items;
}

test('pages of jobs are complete and in order, with each filter', async () => {
  const user = randomUUID();
  const me = scratch.user(user);
  const jobs = [];
  for (let count = 0; count < 7; count += 1)
    jobs.unshift(await enqueue(scratch.edge, user, count % 2 ? { p_job_type: 'image_fast', p_num_assets: 1 } : {}));
  // Several rows of one moment: the id decides.
  await scratch.owner.query(`update public.jobs set created_at = '2026-01-01T00:00:00.123456Z' where id = any ($1)`, [
    jobs.slice(2, 6),
  ]);
  const all = await pages((args) => call(me, 'my_jobs', args), 2);
  assert.equal(new Set(all.map(({ id }) => id)).size, 7);
  assert.deepEqual(
    all.map(({ created_at: at, id }) => at + id),
    all
      .map(({ created_at: at, id }) => at + id)
      .sort()
      .reverse(),
  );
  const images = await pages((args) => call(me, 'my_jobs', { ...args, p_job_type: 'image_fast' }), 2);
  assert.equal(images.length, 3);
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: jobs[0] });
  assert.deepEqual(
    (await pages((args) => call(me, 'my_jobs', { ...args, p_status: 'canceled' }), 2)).map(({ id }) => id),
    [jobs[0]],
  );
  assert.equal((await pages((args) => call(me, 'my_jobs', { ...args, p_status: 'queued' }), 2)).length, 6);
});

test('pages of assets hold finished images and videos of all jobs, newest first', async () => {
  const user = randomUUID();
  const me = scratch.user(user);
  const batch = await enqueue(scratch.edge, user);
  const assets = [asset(0, 'completed'), asset(1, 'completed'), asset(2, 'failed')];
  await call(scratch.edge, 'settle_job', settle(batch, 1, 'completed', { p_assets: assets }));
  const video = await enqueue(scratch.edge, user, { p_job_type: 'video_fast', p_num_assets: 1 });
  await call(scratch.edge, 'settle_job', settle(video, 1, 'completed', { p_assets: [asset(0, 'completed', 'v.mp4')] }));
  await enqueue(scratch.edge, user);
  const read = (args) => call(me, 'my_assets', args);
  const all = await pages(read, 1);
  assert.deepEqual(
    all.map(({ kind, job_type: type }) => [kind, type]),
    [
      ['video', 'video_fast'],
      ['image', 'sdxl_image_fast'],
      ['image', 'sdxl_image_fast'],
    ],
  );
  assert.equal((await read({ p_limit: 10, p_kind: 'image' })).length, 2);
  assert.equal((await read({ p_limit: 10, p_kind: 'video' })).length, 1);
  const found = async (...words) => (await read({ p_limit: 10, p_words: words })).length;
  assert.equal(await found('LIGHTHOUSE', 'dawn'), 3, 'all words, in any case');
  assert.equal(await found('dawn', 'sand'), 0);
  assert.equal(await found('%'), 0, 'a word is a word and no pattern');
  const [first] = await read({ p_limit: 1, p_kind: 'image' });
  const title = { p_title: 'Beside the SAND', p_most_tags: 20, p_most_own_tags: 500 };
  await call(scratch.edge, 'update_asset', { p_user_id: user, p_asset_id: first.id, ...title });
  assert.equal(await found('dawn', 'sand'), 1, 'a title counts as well');
  await scratch.owner.query('update public.videos set saved = true where job_id = $1', [video]);
  assert.deepEqual(
    (await read({ p_limit: 10, p_saved: true })).map(({ kind }) => kind),
    ['video'],
  );
  assert.equal((await pages((args) => read({ ...args, p_saved: false }), 1)).length, 2);
  const { rows } = await me.query('select image_urls from public.job_image_urls');
  assert.deepEqual(rows, [{ image_urls: ['key-0', 'key-1'] }]);
});

test('pages of assets go on in either direction, and keep within their dates', async () => {
  const user = randomUUID();
  const me = scratch.user(user);
  const jobs = [];
  for (let nth = 0; nth < 4; nth += 1) {
    const isVideo = nth % 2 === 1;
    const job = await enqueue(scratch.edge, user, {
      p_num_assets: isVideo ? 1 : 3,
      ...(isVideo && { p_job_type: 'video_fast' }),
    });
    const assets = isVideo ? [asset(0, 'completed', 'v.mp4')] : [0, 1, 2].map((index) => asset(index, 'completed'));
    await call(scratch.edge, 'settle_job', settle(job, 1, 'completed', { p_assets: assets }));
    // Some of them at the same moment.
    for (const table of ['images', 'videos'])
      await scratch.owner.query(`update public.${table} set created_at = $1 where job_id = $2`, [
        `2026-03-0${1 + Math.floor(nth / 2)}T12:00:00Z`,
        job,
      ]);
    jobs.push(job);
  }
  const read = (args) => call(me, 'my_assets', args);
  const ids = (assets) => assets.map(({ id }) => id);
  const newest = ids(await pages(read, 3));
  assert.equal(newest.length, 8);
  for (const size of [1, 3, 8])
    assert.deepEqual(ids(await pages((args) => read({ ...args, p_oldest: true }), size)), newest.toReversed());
  for (const p_oldest of [false, true]) {
    const within = (dates) => pages((args) => read({ ...args, ...dates, p_oldest }), 2);
    const [march1, march2] = ['2026-03-01T12:00:00Z', '2026-03-02T12:00:00Z'];
    const of = async (dates) => [...new Set((await within(dates)).map(({ job_id: job }) => jobs.indexOf(job)))].sort();
    assert.deepEqual(await of({ p_from: march1, p_until: march2 }), [0, 1], 'from counts, until does not');
    assert.deepEqual(await of({ p_from: march2 }), [2, 3]);
    assert.deepEqual(await of({ p_until: march1 }), []);
    assert.deepEqual(await of({ p_from: march2, p_until: march1 }), []);
    assert.deepEqual(await of({ p_from: march1, p_kind: 'video' }), [1, 3]);
  }
});

test('health tells the schema and when the sweep last ran', async () => {
  const health = () => call(scratch.edge, 'edge_health');
  assert.deepEqual(await health(), { schema_version: 2, sweep_seconds: null });
  await scratch.owner.query(`update private.sweep_state set last_pass_at = now() - interval '5 seconds'`);
  assert.equal((await health()).sweep_seconds, 5);
});
