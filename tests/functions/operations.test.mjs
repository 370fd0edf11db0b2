// What operators do, over HTTP: a paused queue, a purge, a redrive, and who works.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { workerKey } from '../../tools/stack/settings/keys.mjs';
import { assertRefused, call, signIn, TestWorker } from '../journeys/client.mjs';

const QUEUE = 'wan_queue';
const headers = { 'x-admin-secret': process.env.ADMIN_SECRET };
const admin = (action, body) => call('POST', `/api/admin/${action}`, { body, headers });
const look = async (path) => {
  const { status, body } = await call('GET', `/api/admin/${path}`, { headers });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

// Whatever a test left paused, the files after this one need.
after(() => admin('resume', { queue: QUEUE }));

async function order(user) {
  const { status, body } = await user.submit('image_fast');
  assert.equal(status, 200, JSON.stringify(body));
  return body.job.id;
}

/** Takes the job and says that it cannot be made. */
async function fail(worker, job, errorMessage) {
  const { status, body: claim } = await worker.claim(QUEUE, { job_id: job });
  assert.equal(status, 200, JSON.stringify(claim));
  const report = await worker.report(claim, { status: 'failed', retryable: false, error_message: errorMessage });
  assert.equal(report.status, 200, JSON.stringify(report.body));
}

test('a paused queue gives no claims, says why jobs wait, and goes on', async () => {
  const [user, worker] = [await signIn(), new TestWorker()];
  const job = await order(user);
  const paused = await admin('pause', { queue: QUEUE, reason: 'the disk is full' });
  assert.deepEqual([paused.status, paused.body.paused, paused.body.queue], [200, true, QUEUE]);
  assert.equal((await worker.claim(QUEUE, { job_id: job })).status, 204);
  assert.match((await user.job(job)).waitingFor, /paused by an operator/);
  const state = (await user.request('GET', '/api/queue-status')).body.queues.find(({ queue }) => queue === QUEUE);
  assert.deepEqual([state.paused, state.waitingFor], [true, 'paused by an operator']);
  assert.equal((await admin('resume', { queue: QUEUE })).status, 200);
  assert.equal((await worker.claim(QUEUE, { job_id: job })).status, 200);
});

test('a worker is listed, paused by name, and resumed', async () => {
  const [user, worker] = [await signIn(), new TestWorker()];
  const job = await order(user);
  const { body: claim } = await worker.claim(QUEUE, { job_id: job, models: ['wan'] });
  const seen = async () => (await look('workers')).workers.find(({ worker_id: id }) => id === worker.id);
  const busy = await seen();
  assert.deepEqual(
    [busy.state, busy.current_job, busy.queues, busy.models, busy.paused],
    ['busy', claim.job_id, [QUEUE], ['wan'], false],
  );
  await admin('pause', { worker_id: worker.id, reason: 'too hot' });
  assert.deepEqual((({ paused, paused_reason: reason }) => [paused, reason])(await seen()), [true, 'too hot']);
  const next = await order(user);
  assert.equal((await worker.claim(QUEUE, { job_id: next })).status, 204);
  await admin('resume', { worker_id: worker.id });
  assert.equal((await worker.claim(QUEUE, { job_id: next })).status, 200);
});

test("a worker's own key is worth nothing once it is revoked, whatever the worker sends, and its next name is another", async () => {
  const name = `rented-${randomUUID()}`;
  const enrolled = (id) => new TestWorker(id, workerKey(process.env.WORKER_CALLBACK_SECRET, id));
  const [user, worker] = [await signIn(), enrolled(name)];
  const job = await order(user);
  const { status, body: claim } = await worker.claim(QUEUE, { job_id: job });
  assert.equal(status, 200, JSON.stringify(claim));
  assert.equal((await worker.report(claim, { status: 'processing', progress: 10 })).status, 200);
  assertRefused(await worker.report(claim, { status: 'processing', worker_id: 'another' }), 401, 'unauthorized');

  const revoked = await admin('revoke', { worker_id: name, reason: 'returned to its owner' });
  assert.deepEqual([revoked.status, revoked.body.worker_id], [200, name]);
  const next = await order(user);
  const reports = [
    { status: 'processing', progress: 20 },
    { status: 'processing', uploadRequests: [{ index: 0, role: 'image', contentType: 'image/png', bytes: 70 }] },
    { status: 'failed', retryable: false, error_message: 'it says' },
    { status: 'released' },
  ];
  for (const report of reports) {
    const answer = await worker.report(claim, report);
    assertRefused(answer, 403, 'forbidden');
    assert.equal(answer.body.details.reason, 'worker_revoked');
  }
  for (const fields of [{}, { job_id: next }]) assertRefused(await worker.claim(QUEUE, fields), 403, 'forbidden');
  const seen = (await look('workers')).workers.find(({ worker_id: id }) => id === name);
  assert.equal(seen.revoked, true);
  assert.equal((await user.job(next)).status, 'queued');
  assert.equal((await enrolled(`${name}.2`).claim(QUEUE, { job_id: next })).status, 200);
});

test('a purge calls off what waits and gives the credits back', async () => {
  const user = await signIn();
  const before = await user.balance();
  const jobs = [await order(user), await order(user)];
  const { status, body } = await admin('purge', { queue: QUEUE, reason: 'a bad model' });
  assert.equal(status, 200, JSON.stringify(body));
  assert.ok(body.canceled >= 2 && body.released >= 2, JSON.stringify(body));
  assert.equal(body.remaining, 0);
  for (const job of jobs) assert.equal((await user.job(job)).status, 'canceled');
  assert.deepEqual(await user.balance(), before);
});

test('an administrator expedites a job, and no user can', async () => {
  const [anna, boris, worker] = [await signIn(), await signIn(), new TestWorker()];
  await admin('purge', { queue: QUEUE });
  await order(anna);
  const job = await order(boris);
  const expedited = await admin('expedite', { job_id: job, reason: 'a demo' });
  assert.deepEqual([expedited.status, expedited.body.job_id, expedited.body.expedited], [200, job, true]);
  assert.equal((await boris.job(job)).position, 1);
  assert.equal((await worker.claim(QUEUE)).body.job_id, job);
  assertRefused(await admin('expedite', { job_id: job }), 409, 'state_conflict');
  assertRefused(await admin('expedite', { job_id: randomUUID() }), 404, 'not_found');

  const body = { jobType: 'image_fast', metadata: { prompt: 'a red fox' } };
  const asked = await anna.request('POST', '/functions/v1/queue-job', { body: { ...body, expedited: true } });
  assertRefused(asked, 400, 'invalid_request');
  const own = await order(anna);
  assertRefused(await anna.request('POST', '/api/admin/expedite', { body: { job_id: own } }), 403, 'forbidden');
});

test('a redrive orders failed jobs again, once, and not at their owner’s cost', async () => {
  const [user, worker] = [await signIn(), new TestWorker()];
  const job = await order(user);
  await fail(worker, job, 'CUDA out of memory at layer 7');
  const { balance } = await user.balance();
  const [newest] = (await look(`jobs?queue=${QUEUE}&limit=1`)).items;
  assert.equal(newest.id, job);
  assert.equal(newest.errors.at(-1).worker_error, 'CUDA out of memory at layer 7');
  assert.doesNotMatch(JSON.stringify(newest), /red fox/);

  const first = await admin('redrive', { job_id: job, reason: 'the driver is fixed' });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.deepEqual([first.body.redriven.length, first.body.skipped], [1, []]);
  const [{ new_job_id: again }] = first.body.redriven;
  const view = await user.job(again);
  assert.deepEqual([view.status, view.prompt, view.job_type], ['queued', 'a red fox in snow', 'image_fast']);
  assert.equal((await user.job(job)).status, 'failed');
  assert.equal((await user.balance()).balance, balance);

  const second = await admin('redrive', { job_id: job });
  assert.deepEqual(second.body.redriven, first.body.redriven);
  assert.equal((await user.balance()).balance, balance);
  assert.equal((await look(`jobs?queue=${QUEUE}&limit=1`)).items[0].retried_as, again);
  assertRefused(await admin('redrive', { job_id: again }), 409, 'state_conflict');
  assert.equal((await worker.claim(QUEUE, { job_id: again })).status, 200);
});

test('a redrive of a queue takes what nobody has ordered again, page by page', async () => {
  const user = await signIn();
  const jobs = [];
  for (let count = 0; count < 12; count += 1) {
    jobs.push(await order(user));
    // One that fails again and again would be paused.
    await fail(new TestWorker(), jobs.at(-1), 'no luck');
  }
  const redriven = [];
  let cursor = null;
  do {
    const { status, body } = await admin('redrive', { queue: QUEUE, ...(cursor ? { cursor } : {}) });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.skipped, []);
    redriven.push(...body.redriven);
    cursor = body.nextCursor;
  } while (cursor);
  const taken = new Set(redriven.map(({ job_id: id }) => id));
  assert.ok(jobs.every((job) => taken.has(job)));
  assert.equal(new Set(redriven.map(({ new_job_id: id }) => id)).size, redriven.length);
  assert.deepEqual((await admin('redrive', { queue: QUEUE })).body.redriven, []);
  await admin('purge', { queue: QUEUE });
});

test('a monitoring system reads the state of the service', async () => {
  const user = await signIn();
  await order(user);
  const { status, headers: answered, body } = await call('GET', '/api/metrics', { headers });
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(answered.get('content-type'), /^text\/plain; version=0\.0\.4/);
  assert.match(body, /^# TYPE ourvidz_queue_jobs gauge$/m);
  assert.match(body, /^ourvidz_queue_jobs\{queue="wan_queue",status="queued"\} [1-9]\d*$/m);
  for (const line of body.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) ourvidz_\w+ .+|ourvidz_\w+(\{[^}]*\})? -?\d+(\.\d+)?)$/);
  assertRefused(await user.request('GET', '/api/metrics'), 403, 'forbidden');
});

test('operations are for administrators, and have a form', async () => {
  const user = await signIn();
  for (const action of ['pause', 'resume', 'purge', 'redrive']) {
    assertRefused(await user.request('POST', `/api/admin/${action}`, { body: { queue: QUEUE } }), 403, 'forbidden');
    assertRefused(await call('POST', `/api/admin/${action}`, { body: { queue: QUEUE } }), 401, 'unauthorized');
    assertRefused(await admin(action, { queue: 'cpu_queue' }), 400, 'invalid_request');
  }
  for (const path of ['workers', 'jobs']) {
    assertRefused(await user.request('GET', `/api/admin/${path}`), 403, 'forbidden');
    assertRefused(await call('POST', `/api/admin/${path}`, { headers }), 405, 'method_not_allowed');
  }
  assertRefused(await admin('expedite', { job_id: 'x' }), 400, 'invalid_request');
  assertRefused(await admin('pause', { worker_id: 'nobody' }), 404, 'not_found');
});
