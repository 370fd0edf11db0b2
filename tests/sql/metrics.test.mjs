// What operators read: counted once each, whoever changed a job, and with no row that everybody waits for.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, jobRow, settle, submit, sweep } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

/** Samples by name and labels in the order of their names, such as `jobs_ended_total image_fast completed`. */
async function metrics() {
  const samples = await call(scratch.edge, 'admin_metrics');
  return new Map(
    samples.map(({ name, labels, value, histogram }) => [
      [
        name,
        ...Object.entries(labels)
          .sort()
          .map(([, value]) => value),
      ].join(' '),
      histogram ?? value,
    ]),
  );
}

/** What changed of what is counted between two looks. */
function changes(before, after) {
  const steady = [...after].filter(([name]) => /_total |^bucket_bytes |^credits /.test(name));
  return Object.fromEntries(
    steady.map(([name, value]) => [name, value - (before.get(name) ?? 0)]).filter(([, change]) => change !== 0),
  );
}

const sorted = (object) => Object.entries(object).sort();

const pass = () => call(scratch.edge, 'sweep_pass', sweep());
const order = (user, changed = {}) =>
  enqueue(scratch.edge, user, { p_job_type: 'image_fast', p_num_assets: 1, ...changed });
const take = (job, changed = {}) =>
  call(scratch.edge, 'claim_job', claim({ p_queue: 'wan_queue', p_job_id: job, ...changed }));

async function finish(job, status, changed = {}) {
  const { version, attempt } = await jobRow(scratch.owner, job);
  return call(
    scratch.edge,
    'settle_job',
    settle(job, version, status, { p_attempt: attempt, p_next_attempt: attempt, ...changed }),
  );
}

const picture = { ...asset(0, 'completed'), metadata: { bytes: 1000, thumbnail_bytes: 24 } };

test('a job is counted on its way, and the totals agree with what is not in them yet', async () => {
  await pass();
  const start = await metrics();
  const job = await order(randomUUID());
  const { lease_id: lease } = await take(job);
  await call(scratch.edge, 'heartbeat_job', heartbeat(job, { p_lease_id: lease, p_attempt: 1, p_worker_id: 'worker' }));
  await finish(job, 'completed', { p_assets: [picture] });
  const expected = {
    'jobs_submitted_total image_fast': 1,
    'jobs_ended_total image_fast completed': 1,
    'callbacks_total heartbeat': 1,
    'callbacks_total completed': 1,
    'bucket_bytes image_fast': 1024,
    'credits available': 999,
    'credits spent': 1,
    'credits issued': -1000,
  };
  const uncounted = await metrics();
  assert.deepEqual(sorted(changes(start, uncounted)), sorted(expected));
  assert.ok(uncounted.get('measurements_uncounted') > 0);
  await pass();
  const counted = await metrics();
  assert.deepEqual(sorted(changes(start, counted)), sorted(expected));
  assert.equal(counted.get('measurements_uncounted'), 0);
  assert.equal(counted.get('jobs_success_ratio image_fast'), 1);
  assert.deepEqual(counted.get('job_wait_seconds image_fast'), uncounted.get('job_wait_seconds image_fast'));
});

test('times fall into their buckets, a bound into the one that it closes', async () => {
  const job = await order(randomUUID());
  await scratch.owner.query(`update public.jobs set created_at = now() - interval '31 seconds' where id = $1`, [job]);
  const before = (await metrics()).get('job_run_seconds image_fast');
  await take(job);
  await scratch.owner.query(`update public.jobs set started_at = now() - interval '100 seconds' where id = $1`, [job]);
  await finish(job, 'completed', { p_assets: [picture] });
  const seen = await metrics();
  const [wait, run] = ['wait', 'run'].map((time) => seen.get(`job_${time}_seconds image_fast`));
  assert.equal(wait.counts.length, wait.bounds.length + 1);
  assert.equal(wait.counts[wait.bounds.indexOf(60)], 1);
  assert.equal(run.counts[run.bounds.indexOf(120)], 1);
  assert.ok(run.sum - before.sum >= 100 && run.sum - before.sum < 120, `${run.sum}`);
  const { rows } = await scratch.owner.query(`
    select private.bucket_of('job_run', 30) as closes, private.bucket_of('job_run', 30.001) as next, private.bucket_of('job_run', 1e9) as above`);
  assert.deepEqual(rows, [
    { closes: run.bounds.indexOf(30), next: run.bounds.indexOf(30) + 1, above: run.bounds.length },
  ]);
});

test('what a worker never said began has no time, and still ended', async () => {
  const before = await metrics();
  const job = await order(randomUUID(), { p_job_type: 'image_high' });
  await finish(job, 'completed', { p_assets: [picture] });
  const after = await metrics();
  assert.equal(changes(before, after)['jobs_ended_total image_high completed'], 1);
  assert.equal(after.get('job_wait_seconds image_high'), undefined);
  assert.equal(after.get('job_run_seconds image_high'), undefined);
});

test('whoever ends a job, it is counted once: its owner, the sweep, an operator', async () => {
  const before = await metrics();
  const user = randomUUID();
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: await order(user) });
  const failed = await order(user);
  await take(failed);
  await finish(failed, 'failed', { p_error_code: 'out_of_memory' });
  const lost = await order(user);
  await take(lost);
  await scratch.owner.query(`update private.leases set until = now() - interval '1 second'`);
  await pass();
  await call(scratch.edge, 'admin_purge', { p_actor: 'an operator', p_queue: 'wan_queue', p_limit: 10 });
  const seen = changes(before, await metrics());
  assert.equal(seen['jobs_submitted_total image_fast'], 3);
  assert.equal(seen['jobs_ended_total image_fast canceled'], 2);
  assert.equal(seen['jobs_ended_total image_fast failed'], 1);
  assert.equal(seen['jobs_failed_total out_of_memory image_fast'], 1);
  assert.equal(seen['job_attempts_repeated_total image_fast'], 1);
});

test('what is undone is not counted', async () => {
  const before = await metrics();
  await assert.rejects(call(scratch.edge, 'enqueue_job', submit(randomUUID(), { p_starting_credits: 0 })));
  assert.deepEqual(changes(before, await metrics()), {});
});

test('reports are counted by what became of them', async () => {
  const before = await metrics();
  const job = await order(randomUUID());
  const { lease_id: lease } = await take(job);
  const sign = (changed) =>
    call(
      scratch.edge,
      'heartbeat_job',
      heartbeat(job, { p_attempt: 1, p_worker_id: 'worker', p_lease_id: lease, ...changed }),
    );
  await sign();
  await sign({ p_lease_id: randomUUID() });
  await sign({ p_job_id: randomUUID() });
  await call(scratch.edge, 'settle_job', settle(job, 77, 'completed', { p_assets: [picture] }));
  await finish(job, 'queued', { p_next_attempt: 2 });
  await take(job);
  await finish(job, 'completed', { p_assets: [picture] });
  await sign();
  for (const outcome of ['replayed', 'refused', 'refused', 'a made up one'])
    await call(scratch.edge, 'count_callback', { p_outcome: outcome });
  const seen = Object.entries(changes(before, await metrics())).filter(([name]) => name.startsWith('callbacks_total '));
  assert.deepEqual(Object.fromEntries(seen.map(([name, value]) => [name.split(' ')[1], value])), {
    heartbeat: 1,
    stale: 1,
    not_found: 1,
    conflict: 1,
    requeued: 1,
    completed: 1,
    terminal: 1,
    replayed: 1,
    refused: 2,
  });
});

test('a deleted asset gives its room back', async () => {
  const [user, before] = [randomUUID(), await metrics()];
  const job = await order(user);
  await finish(job, 'completed', { p_assets: [picture] });
  assert.equal(changes(before, await metrics())['bucket_bytes image_fast'], 1024);
  const { rows } = await scratch.owner.query('select id from public.images where job_id = $1', [job]);
  await call(scratch.edge, 'delete_asset', { p_user_id: user, p_asset_id: rows[0].id });
  assert.equal(changes(before, await metrics())['bucket_bytes image_fast'], undefined);
});

test('the credits are those of the accounts', async () => {
  const { rows } = await scratch.owner.query(
    'select sum(available)::float8 as available, sum(held)::float8 as held, sum(spent)::float8 as spent from private.accounts',
  );
  const seen = await metrics();
  for (const [account, amount] of Object.entries(rows[0]))
    assert.equal(seen.get(`credits ${account}`), amount, account);
});

test('a worker’s machine is shown while it lives, and an older worker says nothing', async () => {
  const gpu = { p_gpu_used_bytes: 5e9, p_gpu_total_bytes: 48e9 };
  const job = await order(randomUUID());
  const { lease_id: lease } = await take(job, { p_worker_id: 'with a GPU', p_uptime_seconds: 61, ...gpu });
  const shown = await metrics();
  assert.deepEqual(
    ['worker_up_seconds', 'worker_gpu_memory_used_bytes', 'worker_gpu_memory_total_bytes', 'worker_paused'].map(
      (name) => shown.get(`${name} with a GPU`),
    ),
    [61, 5e9, 48e9, 0],
  );
  await call(
    scratch.edge,
    'heartbeat_job',
    heartbeat(job, { p_lease_id: lease, p_attempt: 1, p_worker_id: 'with a GPU', p_gpu_used_bytes: 7e9 }),
  );
  assert.equal((await metrics()).get('worker_gpu_memory_used_bytes with a GPU'), 5e9, 'half a report is none');
  await call(
    scratch.edge,
    'heartbeat_job',
    heartbeat(job, { p_lease_id: lease, p_attempt: 1, p_worker_id: 'with a GPU', ...gpu, p_gpu_used_bytes: 7e9 }),
  );
  assert.equal((await metrics()).get('worker_gpu_memory_used_bytes with a GPU'), 7e9);
  await take(null, { p_worker_id: 'older' });
  const seen = await metrics();
  assert.ok(seen.get('worker_seen_seconds older') < 60);
  assert.equal(seen.get('worker_up_seconds older'), undefined);
  await scratch.owner.query(
    `update private.workers set last_seen_at = now() - interval '3 minutes' where worker_id = 'with a GPU'`,
  );
  const gone = await metrics();
  assert.equal(gone.get('worker_gpu_memory_used_bytes with a GPU'), undefined);
  const since = gone.get('worker_seen_seconds with a GPU');
  assert.ok(since >= 180 && since < 240, `${since}`);
});

test('submits of different users wait for no counter', async () => {
  const [one, other] = [await scratch.edge.connect(), await scratch.edge.connect()];
  try {
    await one.query('begin');
    await call(one, 'enqueue_job', submit(randomUUID()));
    await other.query(`set lock_timeout = '2s'`);
    await call(other, 'enqueue_job', submit(randomUUID()));
    await pass();
    await one.query('commit');
  } finally {
    await one.query('rollback');
    await other.query('reset lock_timeout');
    one.release();
    other.release();
  }
  const total = async () => (await metrics()).get('jobs_submitted_total sdxl_image_fast');
  const before = await total();
  await pass();
  assert.equal(await total(), before, 'what was committed late is counted once, too');
  const { rows } = await scratch.owner.query(`select count(*) from public.jobs where job_type = 'sdxl_image_fast'`);
  assert.equal(before, rows[0].count);
});
