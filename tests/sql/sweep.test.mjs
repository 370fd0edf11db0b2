// The sweep: what a crash, a lost message or a lost worker left undone.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { call, claim, countRows, enqueue, heartbeat, jobRow, ledgerFaults, settle } from './support/calls.mjs';
import { expireLeases, now, pass, running, scratchForEachTest, sql } from './support/sweeping.mjs';

const NOTHING = { requeued: 0, failed: 0, canceled: 0, extended: 0, push: [], objects: [] };

scratchForEachTest();

const ids = (list) => list.map(({ job_id: id }) => id);
const pushed = (job, ago, pushes = 1) =>
  sql(
    `update private.outbox set pushed_at = now() - $2::interval, pushes = $3, written_at = now() - $2::interval where job_id = $1`,
    job,
    ago,
    pushes,
  );

test('when nothing is late nothing happens', async () => {
  await running();
  await enqueue(now.scratch.edge, randomUUID());
  const before = await countRows(now.scratch.owner);
  assert.deepEqual(await pass(), NOTHING);
  assert.deepEqual(await countRows(now.scratch.owner), before);
});

test('a lost worker’s job gets another attempt, and its hint at once', async () => {
  const { job } = await running();
  await expireLeases();
  const swept = await pass();
  assert.deepEqual([swept.requeued, ids(swept.push)], [1, [job]]);
  assert.deepEqual(
    [swept.push[0].attempt, swept.push[0].num_assets, swept.push[0].payload.prompt],
    [2, 3, 'a lighthouse at dawn'],
  );
  await call(now.scratch.edge, 'sweep_done', { p_pushed: [{ job_id: job, attempt: 2 }], p_deleted: [] });
  assert.deepEqual(await pass({ p_sdxl_length: 1 }), NOTHING);
  const { rows } = await sql('select losses, state, current_job from private.workers');
  assert.deepEqual(rows, [{ losses: 1, state: 'idle', current_job: null }]);
  assert.equal((await call(now.scratch.edge, 'claim_job', claim())).attempt, 2);
});

test('the third loss ends the job and gives the credits back', async () => {
  const { user, job } = await running();
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await expireLeases();
    const swept = await pass();
    assert.deepEqual([swept.requeued, swept.failed], attempt < 3 ? [1, 0] : [0, 1], `attempt ${attempt}`);
    await call(now.scratch.edge, 'claim_job', claim({ p_job_id: job }));
  }
  const row = await jobRow(now.scratch.owner, job);
  assert.deepEqual([row.status, row.error_code, row.attempt], ['failed', 'worker_lost', 3]);
  const { rows } = await sql('select kind from public.job_events where job_id = $1 order by seq', job);
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['queued', 'processing', 'requeued', 'processing', 'requeued', 'processing', 'asset', 'asset', 'asset', 'failed'],
  );
  assert.equal((await call(now.scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 })).balance, 1000);
  const { rows: errors } = await sql(
    'select attempt, error_code from private.job_errors where job_id = $1 order by id',
    job,
  );
  assert.deepEqual(
    errors,
    [1, 2, 3].map((attempt) => ({ attempt, error_code: 'worker_lost' })),
  );
  assert.deepEqual(await ledgerFaults(now.scratch.owner), []);
});

test('images and videos end together with their jobs', async () => {
  for (const changes of [{}, { p_job_type: 'video_fast', p_num_assets: 1 }]) await running(changes);
  await expireLeases();
  assert.equal((await pass({ p_max_attempts: 1 })).failed, 2);
  const { rows } = await sql(`select status from public.images union all select status from public.videos`);
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['failed', 'failed', 'failed', 'failed'],
  );
  assert.deepEqual(await ledgerFaults(now.scratch.owner), []);
});

test('what arrived before the worker was lost is delivered when the job is given up', async () => {
  const { user, job } = await running();
  await deliver(job, [0]);
  await expireLeases();
  assert.deepEqual([(await pass()).requeued, (await call(now.scratch.edge, 'claim_job', claim())).attempt], [1, 2]);
  await expireLeases();
  assert.equal((await pass({ p_max_attempts: 2 })).failed, 1);
  const row = await jobRow(now.scratch.owner, job);
  assert.deepEqual([row.status, row.error_code], ['completed', null]);
  assert.deepEqual(row.metadata, {
    prompt: 'a lighthouse at dawn',
    primary_asset: 'url 0',
    all_assets: ['url 0'],
    partial: true,
  });
  const { rows } = await sql('select status from public.images where job_id = $1 order by image_index', job);
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['completed', 'failed', 'failed'],
  );
  assert.equal((await call(now.scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 })).balance, 999);
  assert.deepEqual(await ledgerFaults(now.scratch.owner), []);
});

test('a job of which everything had arrived needs no other attempt', async () => {
  const { job } = await running();
  await deliver(job, [0, 1, 2]);
  await expireLeases();
  const swept = await pass();
  assert.deepEqual([swept.requeued, swept.failed], [0, 1]);
  const row = await jobRow(now.scratch.owner, job);
  assert.deepEqual([row.status, row.metadata.partial, row.metadata.all_assets.length], ['completed', undefined, 3]);
  assert.deepEqual(await ledgerFaults(now.scratch.owner), []);
});

/** Settles some images of a running job. */
function deliver(job, indexes) {
  const assets = indexes.map((index) => ({ index, status: 'completed', url: `url ${index}`, metadata: {} }));
  return call(now.scratch.edge, 'settle_job', settle(job, 2, 'processing', { p_assets: assets }));
}

test('a canceled job whose worker never answered is canceled', async () => {
  const { user, job } = await running();
  await call(now.scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job });
  await expireLeases();
  assert.equal((await pass()).canceled, 1);
  assert.equal((await jobRow(now.scratch.owner, job)).status, 'canceled');
  assert.deepEqual(await ledgerFaults(now.scratch.owner), []);
});

test('after an outage every lease gets one more chance, once', async () => {
  const { job, lease } = await running();
  await expireLeases();
  await sql(`update private.sweep_state set last_pass_at = now() - interval '46 seconds'`);
  assert.deepEqual(await pass(), { ...NOTHING, extended: 1 });
  const mine = { p_attempt: 1, p_lease_id: lease, p_worker_id: 'worker' };
  assert.equal((await call(now.scratch.edge, 'heartbeat_job', heartbeat(job, mine))).outcome, 'ok');
  await expireLeases();
  assert.equal((await pass()).requeued, 1);
  await sql('update private.sweep_state set last_pass_at = null');
  assert.equal((await pass()).extended, 0, 'the first pass ever finds no lease to extend');
});

test('an attempt that runs too long, and a job that nobody holds, are taken away', async () => {
  const slow = await running();
  await sql(`update private.leases set claimed_at = now() - interval '61 minutes'`);
  const orphan = await running();
  await sql('delete from private.leases where job_id = $1', orphan.job);
  assert.equal((await pass()).requeued, 1, 'a claim that is just being made is not an orphan');
  await sql('alter table public.jobs disable trigger guard');
  await sql(`update public.jobs set updated_at = now() - interval '31 seconds' where id = $1`, orphan.job);
  await sql('alter table public.jobs enable trigger guard');
  assert.equal((await pass()).requeued, 1);
  for (const { job } of [slow, orphan]) assert.equal((await jobRow(now.scratch.owner, job)).attempt, 2);
});

test('a job that waits for more than a day is given up', async () => {
  const job = await enqueue(now.scratch.edge, randomUUID());
  await sql(`update public.jobs set queued_at = now() - interval '25 hours' where id = $1`, job);
  assert.equal((await pass()).failed, 1);
  assert.equal((await jobRow(now.scratch.owner, job)).error_code, 'queue_timeout');
});

test('a worker that loses five jobs in a row is paused and says why', async () => {
  for (let count = 0; count < 5; count += 1) await running({}, 'flaky');
  await running({}, 'well');
  await expireLeases();
  await pass();
  const { rows } = await sql('select worker_id, paused, paused_reason from private.workers order by 1');
  assert.deepEqual(rows, [
    { worker_id: 'flaky', paused: true, paused_reason: 'lost 5 jobs in a row' },
    { worker_id: 'well', paused: false, paused_reason: null },
  ]);
  assert.equal(await call(now.scratch.edge, 'claim_job', claim({ p_worker_id: 'flaky' })), null);
});

test('a worker that fails five jobs in a row is paused, and says why', async () => {
  const worker = 'sick';
  const seen = async () =>
    (await sql('select losses, paused, paused_reason from private.workers where worker_id = $1', worker)).rows[0];
  const fails = async (status, changes = {}) => {
    const { job } = await running({}, worker);
    const { version, attempt } = await jobRow(now.scratch.owner, job);
    const report = settle(job, version, status, {
      p_worker_id: worker,
      p_worker_error: 'out of memory',
      p_attempt: attempt,
      p_next_attempt: attempt,
      ...changes,
    });
    assert.equal((await call(now.scratch.edge, 'settle_job', report)).outcome, 'ok');
    return job;
  };
  // None of these is the worker's fault.
  await fails('failed', { p_error_code: 'content_policy' });
  await fails('canceled', { p_charge_used: false });
  await fails('queued');
  assert.deepEqual(await seen(), { losses: 0, paused: false, paused_reason: null });

  for (let count = 1; count <= 3; count += 1) await fails('failed');
  const again = await fails('queued', { p_next_attempt: 2 });
  assert.deepEqual(await seen(), { losses: 4, paused: false, paused_reason: null });
  // The same job once more says more about the job than about the worker.
  await call(now.scratch.edge, 'claim_job', claim({ p_job_id: again, p_worker_id: worker }));
  const { version } = await jobRow(now.scratch.owner, again);
  const second = { p_worker_id: worker, p_worker_error: 'out of memory', p_attempt: 2, p_next_attempt: 2 };
  await call(now.scratch.edge, 'settle_job', settle(again, version, 'failed', second));
  assert.equal((await seen()).losses, 4);

  await fails('failed');
  assert.deepEqual(await seen(), { losses: 5, paused: true, paused_reason: 'failed or lost 5 jobs in a row' });
  assert.equal(await call(now.scratch.edge, 'claim_job', claim({ p_worker_id: worker })), null);
});

test('a job that nobody can make says something friendly to its owner, and what happened to operators', async () => {
  const { job } = await running();
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await expireLeases();
    await pass();
    await call(now.scratch.edge, 'claim_job', claim({ p_job_id: job }));
  }
  const row = await jobRow(now.scratch.owner, job);
  assert.equal(
    row.error_message,
    'The job was given up because its workers did not finish it. Its credits were given back.',
  );
  const [failed] = await call(now.scratch.edge, 'admin_jobs', { p_queue: 'sdxl_queue', p_limit: 10 });
  assert.equal(failed.id, job);
  assert.deepEqual(
    failed.errors.map(({ attempt, worker_error: said }) => [attempt, said]),
    [1, 2, 3].map((attempt) => [attempt, 'lease taken away by the sweep']),
  );
});

test('a hint that its order never pushed is missing on the list, and pushed after a while', async () => {
  const job = await enqueue(now.scratch.edge, randomUUID());
  assert.deepEqual((await pass({ p_sdxl_length: 0 })).push, [], 'it may be on its way');
  await sql(`update private.outbox set pushed_at = now() - interval '31 seconds'`);
  assert.deepEqual((await pass({ p_sdxl_length: 1 })).push, [], 'it has arrived');
  assert.deepEqual(ids((await pass({ p_sdxl_length: 0 })).push), [job]);
  assert.deepEqual((await pass({ p_sdxl_length: null })).push, [], 'a list that does not answer is left alone');
  await sql('update private.queue_settings set paused = true');
  assert.deepEqual((await pass({ p_sdxl_length: 0 })).push, [], 'a paused queue too');
});

test('an honest backlog adds nothing to the list, for an hour', async () => {
  for (let count = 0; count < 10; count += 1) await pushed(await enqueue(now.scratch.edge, randomUUID()), '1 hour');
  for (let count = 0; count < 3; count += 1) assert.deepEqual((await pass({ p_sdxl_length: 10 })).push, []);
});

test('what is missing on a list that is too short is pushed, the longest unpushed first, at growing intervals', async () => {
  const jobs = [];
  for (const minutes of [5, 4, 3, 2]) {
    const job = await enqueue(now.scratch.edge, randomUUID());
    await pushed(job, `${minutes} minutes`);
    jobs.push(job);
  }
  const missing = (await pass({ p_sdxl_length: 2 })).push;
  assert.deepEqual(ids(missing).sort(), jobs.slice(0, 2).sort());
  await call(now.scratch.edge, 'sweep_done', {
    p_pushed: missing.map(({ job_id: id, attempt }) => ({ job_id: id, attempt })),
    p_deleted: [],
  });
  assert.deepEqual(ids((await pass({ p_sdxl_length: 3 })).push), [jobs[2]]);
  await sql('update private.outbox set pushes = 5');
  assert.deepEqual((await pass({ p_sdxl_length: 0 })).push, [], 'after five pushes a quarter of an hour has to pass');
});

test('when Redis has lost its lists everything that waits is pushed, over several passes', async () => {
  const jobs = [];
  for (let count = 0; count < 5; count += 1) {
    const job = await enqueue(now.scratch.edge, randomUUID());
    await pushed(job, '1 second');
    jobs.push(job);
  }
  const seen = [];
  for (let round = 0; round < 3; round += 1) {
    // The second pass finds the epoch key that the first one wrote; the list is still incomplete.
    const { push } = await pass({ p_limit: 2, p_lists_lost: round === 0, p_sdxl_length: seen.length });
    seen.push(...ids(push));
    await call(now.scratch.edge, 'sweep_done', {
      p_pushed: push.map(({ job_id: id, attempt }) => ({ job_id: id, attempt })),
      p_deleted: [],
    });
  }
  assert.deepEqual(seen.sort(), jobs.sort());
  assert.deepEqual((await pass({ p_sdxl_length: 5 })).push, []);
});

test('a worker of the old kind that runs a job without a word is not given it again', async () => {
  await sql('update private.queue_settings set legacy = true');
  const job = await enqueue(now.scratch.edge, randomUUID(), { p_num_assets: 6 });
  // 29.9 s are expected: three times that is 89.7 s.
  for (const ago of ['31 seconds', '89 seconds']) {
    await pushed(job, ago);
    assert.deepEqual((await pass()).push, [], ago);
    assert.deepEqual((await pass({ p_lists_lost: true })).push, [], ago);
  }
  await pushed(job, '90 seconds');
  assert.deepEqual(ids((await pass()).push), [job]);
});

test('of ten passes at once one does the work, and none waits for a locked job', async () => {
  const { job } = await running();
  const { job: locked } = await running();
  await expireLeases();
  const client = await now.scratch.owner.connect();
  await client.query('begin');
  await client.query('select from public.jobs where id = $1 for update', [locked]);
  const passes = await Promise.all(Array.from({ length: 10 }, () => pass()));
  await client.query('commit');
  client.release();
  assert.equal(
    passes.reduce((sum, { requeued }) => sum + requeued, 0),
    1,
  );
  assert.equal((await jobRow(now.scratch.owner, job)).attempt, 2);
  assert.equal((await pass()).requeued, 1);
});

test('a thousand late jobs in one pass', async () => {
  await sql(`alter table public.jobs disable trigger guard`);
  await sql(`
    with users as (
      insert into public.profiles (id) select gen_random_uuid() from generate_series(1, 20) returning id
    ), accounts as (
      insert into private.accounts (user_id, started, available, held) select id, true, 0, 150 from users returning user_id
    ), jobs as (
      insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, status, attempt, started_at)
      select gen_random_uuid(), id, 'sdxl_image_fast', 'x', 3, 1, 'f', 'processing', 1 + (n % 2) * 2, now()
      from users, generate_series(1, 50) as n returning *
    ), images as (
      insert into public.images (job_id, user_id, image_index, quality)
      select id, user_id, place, 'fast' from jobs, generate_series(0, 2) as place
    ), payloads as (
      insert into private.job_payloads (job_id, payload) select id, '{}' from jobs
    )
    insert into private.leases (job_id, lease_id, attempt, until)
    select id, gen_random_uuid(), attempt, now() - interval '1 second' from jobs`);
  await sql(`alter table public.jobs enable trigger guard`);
  const start = performance.now();
  const swept = await pass();
  const took = performance.now() - start;
  assert.deepEqual([swept.requeued, swept.failed, swept.push.length], [500, 500, 500]);
  assert.ok(took < 8_000, `${took} ms`);
  const { rows } = await sql(
    `select sum(available)::bigint as available, sum(held)::bigint as held from private.accounts`,
  );
  assert.deepEqual(rows[0], { available: 1500, held: 1500 });
});

test('objects are handed out of few buckets at a time, those first that have waited longest', async () => {
  const doomed = [
    ['wan', '1 minute'],
    ['sdxl', '3 minutes'],
    ['video', '2 minutes'],
  ];
  for (const [bucket, ago] of doomed) {
    for (const key of ['a', 'b'])
      await sql(
        `insert into private.object_deletions (bucket, key, due_at) values ($1, $2, now() - $3::interval)`,
        bucket,
        key,
        ago,
      );
  }
  const buckets = async (number) => [
    ...new Set((await pass({ p_buckets: number })).objects.map(({ bucket }) => bucket)),
  ];
  assert.deepEqual(await buckets(0), []);
  assert.deepEqual((await buckets(2)).sort(), ['sdxl', 'video']);
  assert.deepEqual(await buckets(2), ['wan'], 'what was handed out is put off, and the rest is not forgotten');
  assert.deepEqual(await buckets(2), []);
});
