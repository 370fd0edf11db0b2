// POST /functions/v1/claim-job without a job's name: who is next.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, signIn, TestWorker } from '../journeys/client.mjs';

/** Takes everything off a queue, in the order in which it is given. */
async function drain(worker, queue) {
  const order = [];
  for (;;) {
    const { status, body } = await worker.claim(queue);
    if (status === 204) return order;
    order.push(body.job_id);
  }
}

test('short before long, users in turn, each job once', async () => {
  const worker = new TestWorker();
  await drain(worker, 'wan_queue');
  const [ada, bob] = [await signIn(), await signIn()];
  const submit = async (user, jobType, fields = {}) => (await user.submit(jobType, {}, fields)).body.job.id;
  const long = await submit(ada, 'video_high');
  const first = await submit(ada, 'image_fast');
  const second = await submit(ada, 'image_fast');
  const other = await submit(bob, 'image_fast');
  const order = await drain(worker, 'wan_queue');
  assert.equal(order.length, 4);
  assert.deepEqual(new Set(order), new Set([long, first, second, other]));
  assert.equal(order.at(-1), long, 'the long one waits');
  assert.ok(order.indexOf(other) < order.indexOf(second), 'nobody waits for another user’s second job');
});

test('a claim has a form', async () => {
  const worker = new TestWorker();
  assertRefused(
    await worker.post('/functions/v1/claim-job', { worker_id: worker.id, queue: 'cpu_queue' }),
    400,
    'invalid_request',
  );
  assertRefused(await worker.post('/functions/v1/claim-job', { queue: 'sdxl_queue' }), 400, 'invalid_request');
});

test('two workers at once never get the same job', async () => {
  const user = await signIn();
  const made = new Set();
  for (let n = 0; n < 6; n += 1) made.add((await user.submit('sdxl_image_fast')).body.job.id);
  const claims = await Promise.all(Array.from({ length: 12 }, () => new TestWorker().claim('sdxl_queue')));
  const got = claims.filter(({ status }) => status === 200).map(({ body }) => body.job_id);
  assert.equal(new Set(got).size, got.length);
});
