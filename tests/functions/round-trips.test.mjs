// What each request costs in backend round trips. `Server-Timing` has one entry for each.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { DOT, signIn, TestWorker } from '../journeys/client.mjs';

let user;

/** The backends that a request asked, in their order. */
function trips(answer) {
  return answer.headers
    .get('server-timing')
    .split(', ')
    .map((entry) => entry.split(';')[0])
    .filter((name) => name !== 'total');
}

before(async () => {
  user = await signIn();
  // The first token that an isolate sees makes it fetch the published keys; that is not what is counted here.
  for (const path of ['/api/me', '/api/events']) await user.request('GET', path, { headers: { 'last-event-id': 'x' } });
  await user.submit('sdxl_image_fast', { num_images: 2 });
});

// The hint goes out behind the answer.
test('a submit asks the database once', async () => {
  assert.deepEqual(trips(await user.submit('sdxl_image_fast', { num_images: 6 })), ['database']);
});

test('a project’s prompt is one more look at the database', async () => {
  const project = await user.request('POST', '/api/projects', { body: { original_prompt: 'a lighthouse at dawn' } });
  assert.equal(project.status, 200, JSON.stringify(project.body));
  const body = { jobType: 'image_fast', projectId: project.body.project.id };
  const answer = await user.request('POST', '/functions/v1/queue-job', { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.job.metadata.prompt, 'a lighthouse at dawn');
  assert.deepEqual(trips(answer), ['database', 'database']);
});

test('a reference is looked at by the first order that names it, and by no later one', async () => {
  const body = { type: 'style', contentType: 'image/png', bytes: DOT.length };
  const asked = await user.request('POST', '/api/references', { body });
  assert.deepEqual(trips(asked), ['database']);
  const { url, method, headers, key } = asked.body;
  assert.equal((await fetch(url, { method, headers, body: DOT })).status, 200);
  const order = () => user.submit('sdxl_image_fast', { references: [{ type: 'style', key }] });
  assert.deepEqual(trips(await order()), ['database', 'storage', 'database']);
  assert.deepEqual(trips(await order()), ['database']);
});

test('a repeated submit needs no second hint', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  await user.submit('image_fast', {}, { headers });
  assert.deepEqual(trips(await user.submit('image_fast', {}, { headers })), ['database']);
});

test('what is refused before the backends costs nothing', async () => {
  assert.deepEqual(trips(await user.submit('sdxl_image_fast', { num_images: 4 })), []);
  assert.deepEqual(trips(await user.submit('nonsense')), []);
  assert.deepEqual(trips(await user.submit('image_fast', {}, { dryRun: true })), []);
  assert.deepEqual(trips(await user.request('GET', '/functions/v1/queue-job')), []);
});

test('a better prompt asks Redis once, and an order that wants one asks for it first', async () => {
  const body = { prompt: 'a red fox in snow', jobType: 'sdxl_image_fast', userId: user.id };
  await user.request('POST', '/functions/v1/enhance-prompt', { body });
  assert.deepEqual(trips(await user.request('POST', '/functions/v1/enhance-prompt', { body })), ['redis']);
  assert.deepEqual(trips(await user.submit('image_fast', {}, { enhance: true })), ['enhance-prompt', 'database']);
});

test('reading asks once', async () => {
  const { body } = await user.submit('image_fast');
  for (const path of [`/api/jobs/${body.job.id}`, '/api/jobs', '/api/assets', '/api/me', '/api/queue-status']) {
    assert.deepEqual(trips(await user.request('GET', path)), ['database'], path);
  }
});

test('a worker’s heartbeat asks once, a settlement twice and looks at its objects', async () => {
  const worker = new TestWorker();
  const { body } = await user.submit('sdxl_image_fast', { num_images: 3 });
  const claim = await worker.claim('sdxl_queue', { job_id: body.job.id });
  assert.deepEqual(trips(claim), ['database']);
  assert.deepEqual(trips(await worker.report(claim.body, { status: 'processing', progress: 5 })), ['database']);
  const assets = [];
  for (const index of [0, 1, 2]) assets.push(await worker.upload(claim.body, index, DOT));
  const end = await worker.report(claim.body, { status: 'completed', assets });
  assert.equal(end.status, 200, JSON.stringify(end.body));
  assert.deepEqual(trips(end), ['database', 'storage', 'storage', 'storage', 'database']);
  assert.deepEqual(trips(await worker.report(claim.body, { status: 'completed', assets })), ['database']);
});
