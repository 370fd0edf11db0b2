// What operators do: stopping and starting, calling off, ordering again, and looking.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { call, claim, enqueue, jobRow, ledgerFaults, refusal, settle, submit } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const ACTOR = 'an operator';
const admin = (action, args) => call(scratch.edge, `admin_${action}`, { p_actor: ACTOR, ...args });

async function audit(action) {
  const { rows } = await scratch.owner.query(
    'select * from private.admin_actions where action = $1 order by id desc limit 1',
    [action],
  );
  return rows[0];
}

async function fail(job, changes = {}) {
  const { version } = await jobRow(scratch.owner, job);
  await call(
    scratch.edge,
    'settle_job',
    settle(job, version, 'failed', { p_worker_error: 'CUDA out of memory', p_worker_id: 'worker', ...changes }),
  );
}

async function failedJob() {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  await fail(job);
  return { user, job };
}

test('a paused queue gives no claims, says so, and goes on', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  await admin('pause', { p_queue: 'sdxl_queue', p_paused: true, p_reason: 'disk full' });
  assert.equal(await call(scratch.edge, 'claim_job', claim()), null);
  assert.equal((await call(scratch.user(user), 'my_job', { p_job_id: job })).waiting_for, 'paused by an operator');
  const noted = await audit('pause');
  assert.deepEqual([noted.actor, noted.queue, noted.reason, noted.worker_id], [ACTOR, 'sdxl_queue', 'disk full', null]);
  await scratch.owner.query('update private.outbox set pushes = 5, pushed_at = now() where job_id = $1', [job]);
  await admin('pause', { p_queue: 'sdxl_queue', p_paused: false });
  const { rows } = await scratch.owner.query('select pushes from private.outbox where job_id = $1', [job]);
  assert.equal(rows[0].pushes, 0, 'a hint that was popped in vain waits no longer than the first time');
  assert.equal((await call(scratch.edge, 'claim_job', claim())).job_id, job);
  assert.equal((await audit('resume')).queue, 'sdxl_queue');
});

test('a paused worker gets nothing, others do, and a resumed one starts with a clean slate', async () => {
  const job = await enqueue(scratch.edge, randomUUID(), { p_job_type: 'image_fast', p_num_assets: 1 });
  const claiming = (worker) => call(scratch.edge, 'claim_job', claim({ p_worker_id: worker, p_queue: 'wan_queue' }));
  assert.equal((await claiming('sick')).job_id, job);
  await admin('pause', { p_worker_id: 'sick', p_paused: true, p_reason: 'too hot' });
  const next = await enqueue(scratch.edge, randomUUID(), { p_job_type: 'image_fast', p_num_assets: 1 });
  assert.equal(await claiming('sick'), null);
  assert.equal((await claiming('well')).job_id, next);
  await scratch.owner.query(`update private.workers set losses = 4 where worker_id = 'sick'`);
  const seen = async () => (await call(scratch.edge, 'admin_workers')).find(({ worker_id: id }) => id === 'sick');
  assert.deepEqual(
    (({ paused, paused_reason: reason, losses, queues }) => [paused, reason, losses, queues])(await seen()),
    [true, 'too hot', 4, ['wan_queue']],
  );
  await admin('pause', { p_worker_id: 'sick', p_paused: false });
  assert.deepEqual((({ paused, paused_reason: reason, losses }) => [paused, reason, losses])(await seen()), [
    false,
    null,
    0,
  ]);
  await assert.rejects(
    admin('pause', { p_worker_id: 'nobody', p_paused: true }),
    refusal(404, 'not_found', { field: 'worker_id' }),
  );
});

test('a purge calls off what waits, gives the credits back, and spares what runs', async () => {
  const users = [randomUUID(), randomUUID()];
  const running = await enqueue(scratch.edge, users[0]);
  assert.equal((await call(scratch.edge, 'claim_job', claim({ p_job_id: running }))).job_id, running);
  const waiting = [];
  for (let count = 0; count < 5; count += 1) waiting.push(await enqueue(scratch.edge, users[count % 2]));
  const other = await enqueue(scratch.edge, users[0], { p_job_type: 'image_fast', p_num_assets: 1 });
  const first = await admin('purge', { p_queue: 'sdxl_queue', p_limit: 2, p_reason: 'a bad model' });
  assert.deepEqual(first, { canceled: 2, released: 6, remaining: 3 });
  assert.deepEqual((await audit('purge')).details, first);
  assert.deepEqual(await admin('purge', { p_queue: 'sdxl_queue', p_limit: 100 }), {
    canceled: 3,
    released: 9,
    remaining: 0,
  });
  assert.deepEqual(await admin('purge', { p_queue: 'sdxl_queue', p_limit: 100 }), {
    canceled: 0,
    released: 0,
    remaining: 0,
  });
  for (const job of waiting) assert.equal((await jobRow(scratch.owner, job)).status, 'canceled');
  assert.equal((await jobRow(scratch.owner, running)).status, 'processing');
  assert.equal((await jobRow(scratch.owner, other)).status, 'queued');
  const events = await call(scratch.user(users[0]), 'my_events', { p_job_id: waiting[0], p_after: 0, p_limit: 9 });
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['queued', 'asset', 'asset', 'asset', 'canceled'],
  );
  const { rows } = await scratch.owner.query('select count(*) as hints from private.outbox where job_id = any ($1)', [
    waiting,
  ]);
  assert.equal(rows[0].hints, 0);
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('purging, claiming and canceling at once end each job once', async () => {
  const user = randomUUID();
  const jobs = [];
  for (let count = 0; count < 12; count += 1) jobs.push(await enqueue(scratch.edge, user));
  await Promise.all([
    ...Array.from({ length: 4 }, () => admin('purge', { p_queue: 'sdxl_queue', p_limit: 5 })),
    ...Array.from({ length: 4 }, (_, nth) => call(scratch.edge, 'claim_job', claim({ p_worker_id: `w${nth}` }))),
    ...jobs.slice(0, 6).map((job) => call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job })),
  ]);
  await admin('purge', { p_queue: 'sdxl_queue', p_limit: 100 });
  const { rows } = await scratch.owner.query(`select distinct status from public.jobs where id = any ($1)`, [jobs]);
  assert.ok(
    rows.every(({ status }) => ['processing', 'canceled'].includes(status)),
    JSON.stringify(rows),
  );
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('failed jobs are listed with what workers said, newest first, without prompts', async () => {
  const jobs = [];
  for (let count = 0; count < 3; count += 1) {
    jobs.unshift(await enqueue(scratch.edge, randomUUID()));
    await fail(jobs[0]);
  }
  const list = (args) => call(scratch.edge, 'admin_jobs', { p_limit: 100, ...args });
  const [newest, ...older] = await list({ p_queue: 'sdxl_queue' });
  assert.equal(newest.id, jobs[0]);
  assert.deepEqual(
    newest.errors.map(({ attempt, worker_id: worker, worker_error: said }) => [attempt, worker, said]),
    [[1, 'worker', 'CUDA out of memory']],
  );
  assert.doesNotMatch(JSON.stringify(newest), /lighthouse/);
  assert.deepEqual(
    older.slice(0, 2).map(({ id }) => id),
    jobs.slice(1),
  );
  const page = await list({ p_limit: 1, p_before: newest.completed_at, p_before_id: newest.id });
  assert.deepEqual(
    page.map(({ id }) => id),
    [jobs[1]],
  );
  assert.deepEqual(await list({ p_queue: 'wan_queue' }), []);
});

test('only what waits can be expedited, and each word of it is kept', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  await admin('expedite', { p_job_id: job, p_expedited: true, p_reason: 'a demo' });
  const noted = await audit('expedite');
  assert.deepEqual(
    [noted.actor, noted.job_id, noted.reason, noted.details],
    [ACTOR, job, 'a demo', { expedited: true }],
  );
  await admin('expedite', { p_job_id: job, p_expedited: false });
  assert.deepEqual((await audit('expedite')).details, { expedited: false });
  await fail(job);
  const late = admin('expedite', { p_job_id: job, p_expedited: true });
  await assert.rejects(late, refusal(409, 'state_conflict', { status: 'failed' }));
  const unknown = admin('expedite', { p_job_id: randomUUID(), p_expedited: true });
  await assert.rejects(unknown, refusal(404, 'not_found', { field: 'job_id' }));
});

test('a redrive gives the failed jobs that nobody has ordered again yet', async () => {
  await scratch.owner.query(`update public.jobs set error_code = 'content_policy' where status = 'failed'`);
  const user = randomUUID();
  const [first, second] = [await enqueue(scratch.edge, user), await enqueue(scratch.edge, user)];
  await fail(first);
  await fail(second);
  const redrive = async (args) => (await admin('redrive', { p_limit: 10, ...args })).map(({ id }) => id);
  assert.deepEqual(await redrive({ p_queue: 'sdxl_queue', p_reason: 'driver fixed' }), [second, first]);
  assert.deepEqual((await audit('redrive')).details, { jobs: [second, first] });
  await enqueue(scratch.edge, user, { p_retry_of: second });
  assert.deepEqual(await redrive({ p_queue: 'sdxl_queue' }), [first]);
  assert.deepEqual(await redrive({ p_job_id: second }), [second]);
  const waiting = await enqueue(scratch.edge, user);
  await assert.rejects(redrive({ p_job_id: waiting }), refusal(409, 'state_conflict', { status: 'queued' }));
  await assert.rejects(redrive({ p_job_id: randomUUID() }), refusal(404, 'not_found'));
  assert.equal((await jobRow(scratch.owner, first)).status, 'failed');
});

test('the audit cannot be rewritten', async () => {
  for (const sql of [
    'update private.admin_actions set actor = $1',
    'delete from private.admin_actions where actor = $1',
  ]) {
    await assert.rejects(scratch.owner.query(sql, [ACTOR]), /append-only/);
  }
});

test('the metrics count what waits, works and failed', async () => {
  const user = randomUUID();
  const read = async () => {
    const samples = await call(scratch.edge, 'admin_metrics');
    return (name, labels) =>
      samples.find(
        (sample) =>
          sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      )?.value;
  };
  const before = await read();
  const wan = { queue: 'wan_queue' };
  const jobs = [];
  for (let count = 0; count < 3; count += 1)
    jobs.push(await enqueue(scratch.edge, user, { p_job_type: 'image_fast', p_num_assets: 1 }));
  await fail(jobs[0], { p_worker_id: null });
  const after = await read();
  const grown = (name, labels) => after(name, labels) - (before(name, labels) ?? 0);
  assert.equal(grown('queue_jobs', { ...wan, status: 'queued' }), 2);
  assert.equal(grown('jobs_failed_last_hour', { ...wan, error_code: 'generation_failed' }), 1);
  assert.equal(grown('jobs_submitted_total', { job_type: 'image_fast' }), 3);
  assert.equal(grown('credits', { account: 'held' }), 2);
  assert.equal(after('queue_paused', wan), 0);
  assert.equal(after('expected_seconds', { job_type: 'image_fast', num_assets: '1' }), 73);
  assert.ok(after('workers', { ...wan, state: 'busy' }) >= 1);
});

test("a redrive grants and orders in one, once, and what is given back of it is nobody's credit", async () => {
  const { user, job } = await failedJob();
  const before = await call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 });
  const again = () =>
    call(scratch.edge, 'redrive_job', {
      p_actor: 'operator',
      p_order: submit(user, { p_retry_of: job, p_project_id: null }),
    });
  const balance = async () =>
    (await call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 })).balance;
  const { job: ordered, replayed } = await again();
  assert.equal(replayed, false);
  const repeated = await again();
  assert.deepEqual([repeated.replayed, repeated.job.id], [true, ordered.id]);
  assert.equal(await balance(), before.balance);
  const canceled = await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: ordered.id });
  assert.equal(canceled.released, 3);
  assert.equal(await balance(), before.balance, 'the service paid, and the service gets it back');
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('a redrive that cannot be ordered grants nothing', async () => {
  const { user, job } = await failedJob();
  const grants = async () =>
    (
      await scratch.owner.query(`select count(*) from private.credit_events where user_id = $1 and kind = 'grant'`, [
        user,
      ])
    ).rows[0].count;
  const order = submit(user, { p_retry_of: job, p_max_active: 0 });
  await assert.rejects(
    call(scratch.edge, 'redrive_job', { p_actor: 'operator', p_order: order }),
    refusal(429, 'too_many_active_jobs'),
  );
  assert.equal(Number(await grants()), 0);
});

test('operators see what a worker said last, of a failure or of a job that it gave back', async () => {
  const seen = async () => (await call(scratch.edge, 'admin_workers')).find(({ worker_id: id }) => id === 'hot');
  const report = async (status, message) => {
    const job = await enqueue(scratch.edge, randomUUID(), { p_job_type: 'image_fast', p_num_assets: 1 });
    await call(scratch.edge, 'claim_job', claim({ p_worker_id: 'hot', p_queue: 'wan_queue', p_job_id: job }));
    const { version } = await jobRow(scratch.owner, job);
    await call(
      scratch.edge,
      'settle_job',
      settle(job, version, status, { p_worker_error: message, p_worker_id: 'hot' }),
    );
    return seen();
  };
  const silent = await report('failed', null);
  assert.deepEqual([silent.last_error, silent.last_error_at], [null, null]);
  assert.equal((await report('failed', 'CUDA out of memory')).last_error, 'CUDA out of memory');
  const broken = await report('queued', 'CUDA_ERROR_ILLEGAL_ADDRESS');
  assert.equal(broken.last_error, 'CUDA_ERROR_ILLEGAL_ADDRESS');
  assert.ok(Math.abs(Date.parse(broken.last_error_at) - Date.now()) < 60_000, broken.last_error_at);
  // Given back is not lost: whoever says that a device is broken has done the right thing.
  assert.equal(broken.losses, 2);
});
