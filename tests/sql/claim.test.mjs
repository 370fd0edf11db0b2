// claim_job and heartbeat_job: one job, one worker, in a fair order.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { call, claim, emptyQueues, enqueue, heartbeat, jobRow, settle } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());
beforeEach(() => emptyQueues(scratch));

const claimJob = (changes) => call(scratch.edge, 'claim_job', claim(changes));
const beat = (job, changes) => call(scratch.edge, 'heartbeat_job', heartbeat(job, changes));
const wan = (changes) => ({ p_job_type: 'image_fast', p_num_assets: 1, ...changes });

test('a claim gives the payload, a lease, and keys that are recorded', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  const lease = randomUUID();
  const claimed = await claimJob({ p_lease_id: lease });
  const { keys, lease_until_ms: until, payload, settlement, ...rest } = claimed;
  assert.deepEqual(rest, {
    job_id: job,
    user_id: user,
    job_type: 'sdxl_image_fast',
    num_assets: 3,
    attempt: 1,
    lease_id: lease,
  });
  assert.equal(payload.prompt, 'a lighthouse at dawn');
  // Read again, it would be the same: nothing of it changes without the job's version.
  assert.deepEqual(await call(scratch.edge, 'job_for_settlement', { p_job_id: job }), settlement);
  assert.deepEqual([settlement.job.version, settlement.job.status], [2, 'processing']);
  assert.ok(Math.abs(until - Date.now() - 30_000) < 5_000);
  assert.deepEqual(
    keys.map(({ index, role, bucket, key }) => [index, role, bucket, key]),
    [0, 1, 2].flatMap((index) => [
      [index, 'image', 'sdxl_image_fast', `${user}/sdxl_${job}_1_${index}.png`],
      [index, 'thumbnail', 'sdxl_image_fast', `${user}/sdxl_${job}_1_${index}_thumb.jpg`],
    ]),
  );
  const { rows } = await scratch.owner.query('select number from private.claims where job_id = $1', [job]);
  assert.deepEqual(rows, [{ number: 1 }]);
  const row = await jobRow(scratch.owner, job);
  assert.deepEqual([row.status, row.version], ['processing', 2]);
  assert.notEqual(row.started_at, null);
});

// Orders as the edge writes them, one of each kind.
for (const name of [
  'batch_of_six',
  'everything',
  'enhanced_on_the_edge',
  'image_fast',
  'video_fast',
  'own_negative_prompt_of_wan',
]) {
  test(`a worker gets the payload that was ordered, and the database says no prompt twice: ${name}`, async () => {
    const plan = new URL(`../fixtures/queue-job/${name}.plan.json`, import.meta.url);
    const { p_metadata, p_payload, p_prompt, p_job_type, p_num_assets, ...rest } = JSON.parse(fs.readFileSync(plan));
    const job = randomUUID();
    const user = randomUUID();
    const own = { id: job, user_id: user };
    const order = {
      p_job_id: job,
      p_metadata,
      p_payload: { ...p_payload, ...own },
      p_prompt,
      p_job_type,
      p_num_assets,
    };
    await enqueue(scratch.edge, user, { ...order, p_price_each: rest.p_price_each });

    const { rows } = await scratch.owner.query(
      `select whole::text from (
         select to_jsonb(job) as whole from public.jobs as job where id = $1
         union all select to_jsonb(image) from public.images as image where job_id = $1
         union all select to_jsonb(video) from public.videos as video where job_id = $1
         union all select to_jsonb(stored) from private.job_payloads as stored where job_id = $1
       ) as everything`,
      [job],
    );
    const written = rows.map(({ whole }) => whole).join('\n');
    for (const text of [p_prompt, p_payload.negative_prompt ?? p_prompt]) {
      assert.equal(written.split(`"${text}"`).length - 1, 1, text);
    }

    const queue = p_job_type.startsWith('sdxl') ? 'sdxl_queue' : 'wan_queue';
    const { payload } = await claimJob({ p_job_id: job, p_queue: queue });
    // What the row names its sources is the row's; this order has named none of the user's own.
    assert.deepEqual(payload, { ...order.p_payload, image_id: null, video_id: null });
    const { job: shown } = await call(scratch.edge, 'job_for_settlement', { p_job_id: job });
    assert.equal(shown.metadata.prompt, p_prompt);
    assert.equal(shown.metadata.enhanced_prompt, p_metadata.original_prompt === undefined ? undefined : p_prompt);
  });
}

test('no two claims of a job share a key, and what one has left is deleted, given back or lost', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  const keysOf = async () => (await claimJob({ p_job_id: job })).keys.map(({ key }) => key);
  const endAttempt = async (from, to) => {
    const { version } = await jobRow(scratch.owner, job);
    const changes = { p_attempt: from, p_next_attempt: to };
    await call(scratch.edge, 'settle_job', settle(job, version, 'queued', changes));
  };
  const claims = [await keysOf()];
  for (const [from, to] of [
    [1, 1],
    [1, 2],
    [2, 2],
  ]) {
    await endAttempt(from, to);
    claims.push(await keysOf());
  }
  assert.equal(new Set(claims.flat()).size, claims.flat().length);
  const told = await beat(job, { p_attempt: 2, p_lease_id: null });
  assert.equal(told.claim, 4);
  const { rows } = await scratch.owner.query('select key from private.object_deletions where strpos(key, $1) > 0', [
    job,
  ]);
  assert.deepEqual(rows.map(({ key }) => key).sort(), claims.slice(0, -1).flat().sort());
});

test('keys of pictures and videos of WAN', async () => {
  const user = randomUUID();
  const image = await enqueue(scratch.edge, user, wan());
  assert.deepEqual((await claimJob({ p_queue: 'wan_queue', p_job_id: image })).keys, [
    { index: 0, role: 'image', bucket: 'image_fast', key: `${user}/${image}_1_0.png` },
    { index: 0, role: 'thumbnail', bucket: 'image_fast', key: `${user}/${image}_1_0_thumb.jpg` },
  ]);
  const video = await enqueue(scratch.edge, user, wan({ p_job_type: 'video7b_high_enhanced' }));
  assert.deepEqual((await claimJob({ p_queue: 'wan_queue', p_job_id: video })).keys, [
    { index: 0, role: 'poster', bucket: 'video7b_high_enhanced', key: `${user}/${video}_1_0_poster.jpg` },
    { index: 0, role: 'video', bucket: 'video7b_high_enhanced', key: `${user}/${video}_1_0.mp4` },
  ]);
});

test('the key of a picture says in which format it was ordered; a lost PNG instead of it is deleted too', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user, wan({ p_metadata: { file_extension: 'jpg' } }));
  const { keys } = await claimJob({ p_queue: 'wan_queue', p_job_id: job });
  assert.deepEqual(
    keys.map(({ key }) => key),
    [`${user}/${job}_1_0.jpg`, `${user}/${job}_1_0_thumb.jpg`],
  );
  await scratch.owner.query('select private.schedule_deletions(job, 2) from public.jobs as job where id = $1', [job]);
  const { rows } = await scratch.owner.query(
    'select key from private.object_deletions where strpos(key, $1) > 0 order by key',
    [job],
  );
  assert.deepEqual(
    rows.map(({ key }) => key),
    [`${user}/${job}_1_0.jpg`, `${user}/${job}_1_0.png`, `${user}/${job}_1_0_thumb.jpg`],
  );
});

test('a doubled hint gives the job to one of twenty workers', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, n) => claimJob({ p_worker_id: `w${n}`, p_job_id: job })),
  );
  assert.equal(claims.filter((claimed) => claimed !== null).length, 1);
  assert.equal(await claimJob({ p_job_id: job }), null);
  assert.equal(await claimJob({ p_job_id: randomUUID() }), null);
});

test('twenty workers that ask for the next at once get twenty jobs', async () => {
  const jobs = await Promise.all(Array.from({ length: 20 }, () => enqueue(scratch.edge, randomUUID())));
  const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => claimJob({ p_worker_id: `w${n}` })));
  assert.deepEqual(claims.map(({ job_id: job }) => job).sort(), jobs.sort());
  assert.equal(await claimJob(), null);
});

test('a job is claimed only from its own queue', async () => {
  const job = await enqueue(scratch.edge, randomUUID(), wan());
  assert.equal(await claimJob({ p_job_id: job }), null);
  assert.equal(await claimJob(), null);
  assert.equal((await claimJob({ p_queue: 'wan_queue' })).job_id, job);
});

/** Claims until nothing is left, and tells the order. */
async function order(queue = 'sdxl_queue') {
  const jobs = [];
  for (let claimed = await claimJob({ p_queue: queue }); claimed; claimed = await claimJob({ p_queue: queue }))
    jobs.push(claimed.job_id);
  return jobs;
}

test('users take turns, however many jobs one of them has', async () => {
  const [anna, boris] = [randomUUID(), randomUUID()];
  const hers = [];
  for (let count = 0; count < 3; count += 1) hers.push(await enqueue(scratch.edge, anna));
  const his = await enqueue(scratch.edge, boris);
  assert.deepEqual(await order(), [hers[0], his, hers[1], hers[2]]);
});

test('short before long, then the oldest', async () => {
  const ask = (changes) => enqueue(scratch.edge, randomUUID(), wan(changes));
  const video = await ask({ p_job_type: 'video_fast' });
  const image = await ask({});
  const second = await ask({});
  const long = await ask({ p_job_type: 'video_high', p_priority: 5 });
  assert.deepEqual(await order('wan_queue'), [image, second, video, long]);
});

test('what has waited for long is no longer overtaken by short jobs', async () => {
  const video = await enqueue(scratch.edge, randomUUID(), wan({ p_job_type: 'video_fast' }));
  await scratch.owner.query(`update public.jobs set created_at = now() - interval '11 minutes' where id = $1`, [video]);
  const image = await enqueue(scratch.edge, randomUUID(), wan());
  assert.deepEqual(await order('wan_queue'), [video, image]);
});

test('paused queues and workers get nothing', async () => {
  await enqueue(scratch.edge, randomUUID());
  await scratch.owner.query(`update private.queue_settings set paused = true where queue = 'sdxl_queue'`);
  assert.equal(await claimJob(), null);
  await scratch.owner.query(`update private.queue_settings set paused = false`);
  await scratch.owner.query(`update private.workers set paused = true where worker_id = 'worker'`);
  assert.equal(await claimJob(), null);
  await scratch.owner.query(`update private.workers set paused = false`);
  assert.notEqual(await claimJob(), null);
});

test('a claim is a heartbeat, with or without a job', async () => {
  await claimJob({ p_worker_id: 'newcomer', p_models: ['sdxl'] });
  const worker = async () =>
    (await scratch.owner.query(`select * from private.workers where worker_id = 'newcomer'`)).rows[0];
  assert.deepEqual([(await worker()).state, (await worker()).models], ['idle', ['sdxl']]);
  const job = await enqueue(scratch.edge, randomUUID());
  await claimJob({ p_worker_id: 'newcomer' });
  assert.deepEqual([(await worker()).state, (await worker()).current_job], ['busy', job]);
});

test('a worker serves every queue that it asks for, until it is set up anew', async () => {
  const queues = async () =>
    (await scratch.owner.query(`select queues from private.workers where worker_id = 'both'`)).rows[0].queues;
  await claimJob({ p_worker_id: 'both', p_queue: 'sdxl_queue' });
  await claimJob({ p_worker_id: 'both', p_queue: 'wan_queue' });
  await claimJob({ p_worker_id: 'both', p_queue: 'sdxl_queue' });
  assert.deepEqual((await queues()).sort(), ['sdxl_queue', 'wan_queue']);
  await scratch.owner.query(`update private.workers set last_seen_at = now() - interval '5 minutes'`);
  await claimJob({ p_worker_id: 'both', p_queue: 'wan_queue' });
  assert.deepEqual(await queues(), ['wan_queue']);
});

async function claimedJob() {
  const job = await enqueue(scratch.edge, randomUUID());
  const lease = randomUUID();
  await claimJob({ p_job_id: job, p_lease_id: lease });
  return { job, mine: { p_attempt: 1, p_lease_id: lease, p_worker_id: 'worker' } };
}

test('heartbeats extend the lease and never lower the progress', async () => {
  const { job, mine } = await claimedJob();
  const first = await beat(job, { ...mine, p_progress: 40 });
  assert.equal(first.outcome, 'ok');
  const second = await beat(job, { ...mine, p_progress: 20, p_lease_seconds: 60 });
  assert.ok(second.lease_until_ms > first.lease_until_ms + 20_000);
  const { rows } = await scratch.owner.query('select progress from private.leases where job_id = $1', [job]);
  assert.equal(rows[0].progress, 40);
  // A shorter extension takes nothing away.
  assert.equal((await beat(job, mine)).lease_until_ms, second.lease_until_ms);
  assert.equal((await jobRow(scratch.owner, job)).version, 2, 'heartbeats do not write the job');
});

test('progress events are few', async () => {
  const { job, mine } = await claimedJob();
  for (let progress = 1; progress <= 20; progress += 1) await beat(job, { ...mine, p_progress: progress });
  const { rows } = await scratch.owner.query(
    `select data from public.job_events where job_id = $1 and kind = 'progress'`,
    [job],
  );
  assert.equal(rows.length, 1);
  assert.deepEqual(rows[0].data, { status: 'processing', attempt: 1, progress: 1 });
});

test('a step preview is told of, and not kept', async () => {
  const { job, mine } = await claimedJob();
  const told = async () => {
    const { rows } = await scratch.owner.query(
      `select data from public.job_events where job_id = $1 and kind = 'progress' order by seq`,
      [job],
    );
    return rows.map(({ data }) => data);
  };
  const longAgo = () => scratch.owner.query(`update private.leases set told_at = now() - interval '3 seconds'`);
  const withPreview = { ...mine, p_step_preview: true };
  const event = { status: 'processing', attempt: 1, progress: 40 };
  assert.equal((await beat(job, { ...withPreview, p_progress: 40 })).outcome, 'ok');
  assert.deepEqual(await told(), [{ ...event, step_preview: true }]);
  await beat(job, withPreview);
  assert.equal((await told()).length, 1, 'as few as before');
  await longAgo();
  await beat(job, withPreview);
  assert.deepEqual((await told()).at(-1), { ...event, step_preview: true }, 'also when nothing was finished since');
  await longAgo();
  await beat(job, { ...mine, p_progress: 40 });
  await beat(job, { ...mine, p_progress: 50 });
  assert.deepEqual((await told()).slice(2), [{ ...event, progress: 50 }]);
  await longAgo();
  for (const changes of [{ p_lease_id: randomUUID() }, { p_worker_id: 'other' }, { p_attempt: 2 }])
    assert.equal((await beat(job, { ...withPreview, ...changes })).outcome, 'stale');
  assert.equal((await told()).length, 3, 'of a stale lease nothing is told');
});

test('a report from the past changes nothing', async () => {
  const { job, mine } = await claimedJob();
  const before = await scratch.owner.query('select * from private.leases where job_id = $1', [job]);
  for (const changes of [
    { ...mine, p_attempt: 2 },
    { ...mine, p_lease_id: randomUUID() },
    { ...mine, p_lease_id: null },
    { p_worker_id: 'other' },
    { ...mine, p_worker_id: 'other' },
    { ...mine, p_worker_id: null },
    {},
  ]) {
    assert.equal((await beat(job, { p_progress: 90, ...changes })).outcome, 'stale', JSON.stringify(changes));
  }
  const after = await scratch.owner.query('select * from private.leases where job_id = $1', [job]);
  assert.deepEqual(after.rows, before.rows);
  assert.equal((await beat(job, { ...mine, p_attempt: null })).outcome, 'ok', 'a lease names its attempt');
});

test('a heartbeat on an ended or unknown job says so', async () => {
  const { job, mine } = await claimedJob();
  await call(scratch.edge, 'settle_job', settle(job, 2, 'failed', { p_worker_id: 'worker' }));
  assert.deepEqual((({ outcome, status }) => ({ outcome, status }))(await beat(job, mine)), {
    outcome: 'terminal',
    status: 'failed',
  });
  const unknown = await beat(randomUUID(), mine);
  assert.deepEqual([unknown.outcome, unknown.status, unknown.cancel_requested], ['not_found', null, false]);
});

test('a worker of the old kind claims by its first report, for long enough', async () => {
  const job = await enqueue(scratch.edge, randomUUID(), wan({ p_job_type: 'video7b_high_enhanced' }));
  const lease = randomUUID();
  const reply = await beat(job, { p_new_lease_id: lease, p_progress: 5 });
  assert.deepEqual([reply.outcome, reply.status, reply.lease_id], ['ok', 'processing', lease]);
  // Three times the expected 370 s is longer than the 15 minutes that it would get at least.
  assert.ok(Math.abs(reply.lease_until_ms - Date.now() - 1_110_000) < 5_000);
  assert.equal((await beat(job, { p_progress: 50 })).outcome, 'ok');
  assert.equal((await beat(job, { p_worker_id: 'named' })).outcome, 'stale');
  const { rows } = await scratch.owner.query('select count(*) as claims from private.claims where job_id = $1', [job]);
  assert.equal(rows[0].claims, 1);
});

test('of twenty first reports at once one is the claim', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, n) => beat(job, { p_attempt: 1, p_worker_id: `w${n}` })),
  );
  assert.deepEqual(replies.map(({ outcome }) => outcome).sort(), ['ok', ...Array(19).fill('stale')]);
});

test('a heartbeat hears of the cancel', async () => {
  const { job, mine } = await claimedJob();
  const { user_id: user } = await jobRow(scratch.owner, job);
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job });
  assert.equal((await beat(job, mine)).cancel_requested, true);
});

test('heartbeats are heap-only updates', async () => {
  const { job, mine } = await claimedJob();
  const stats = async () =>
    (
      await scratch.owner.query(
        `select n_tup_upd as updates, n_tup_hot_upd as hot from pg_stat_user_tables where relid = 'private.leases'::regclass`,
      )
    ).rows[0];
  const client = await scratch.edge.connect();
  await client.query('select pg_stat_clear_snapshot()');
  const before = await stats();
  for (let count = 0; count < 200; count += 1)
    await call(client, 'heartbeat_job', heartbeat(job, { ...mine, p_progress: count % 100 }));
  // Statistics are reported when the session has been idle, or ends.
  await client.release(true);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const after = await stats();
  assert.ok(after.updates - before.updates >= 200, JSON.stringify({ before, after }));
  assert.ok((after.hot - before.hot) / (after.updates - before.updates) > 0.9, JSON.stringify({ before, after }));
});
