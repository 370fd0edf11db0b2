// Orders: checked before they are sent, and never ordered twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '../../shared/client/modules/orders.js';
import { errorOf, FakeEdge, JOB_ID, json, networkFailure, ORDER, refusal } from './fakes.mjs';

const SUBMIT = 'POST /functions/v1/queue-job';
const ordered = (options) => json({ success: true, job: { id: JOB_ID } }, options);
const keysOf = (edge) => edge.requests.map(({ headers }) => headers['idempotency-key']);

test('an order has a key, the same for each try', async () => {
  const edge = new FakeEdge({
    [SUBMIT]: (_, nth) =>
      nth < 3 ? Promise.reject(networkFailure()) : ordered({ headers: { 'idempotency-replayed': 'true' } }),
  });
  const created = await edge.client().createJob(ORDER);
  assert.equal(created.job.id, JOB_ID);
  assert.equal(created.replayed, true);
  assert.match(created.idempotencyKey, /^[0-9a-f]{32}$/);
  assert.deepEqual(keysOf(edge), Array(3).fill(created.idempotencyKey));
  assert.deepEqual(edge.requests[0].body, ORDER);
});

test('an order whose outcome is unknown keeps its key, also over a reload', async () => {
  const keyStore = new MemoryStore();
  let down = true;
  const edge = new FakeEdge({ [SUBMIT]: () => (down ? Promise.reject(networkFailure()) : ordered()) });
  const error = await errorOf(edge.client({ keyStore }).createJob(ORDER));
  assert.equal(error.outcomeUnknown, true);
  down = false;
  const other = await edge.client({ keyStore }).createJob({ ...ORDER, priority: 1 });
  const again = await edge.client({ keyStore }).createJob(ORDER);
  assert.equal(new Set(keysOf(edge)).size, 2);
  assert.equal(again.idempotencyKey, keysOf(edge)[0]);
  assert.notEqual(other.idempotencyKey, again.idempotencyKey);
  // Now that it is known, the same order is a new one.
  const third = await edge.client({ keyStore }).createJob(ORDER);
  assert.notEqual(third.idempotencyKey, again.idempotencyKey);
});

test('an abort leaves the outcome unknown, a refusal does not', async () => {
  const keyStore = new MemoryStore();
  const controller = new AbortController();
  const edge = new FakeEdge({
    [SUBMIT]: (_, nth) => {
      if (nth === 1) {
        controller.abort();
        return Promise.reject(networkFailure());
      }
      return nth === 2 ? refusal(402, 'insufficient_credits') : ordered();
    },
  });
  const client = edge.client({ keyStore });
  assert.equal((await errorOf(client.createJob(ORDER, { signal: controller.signal }))).name, 'AbortError');
  assert.equal((await errorOf(client.createJob(ORDER))).code, 'insufficient_credits');
  await client.createJob(ORDER);
  const [first, second, third] = keysOf(edge);
  assert.equal(first, second);
  assert.notEqual(second, third);
});

test('the same order twice at the same time is two orders', async () => {
  // The second begins and ends while the first is on its way.
  const edge = new FakeEdge({
    [SUBMIT]: (_, nth) => (nth === 1 ? client.createJob(ORDER).then(() => ordered()) : ordered()),
  });
  const client = edge.client();
  await client.createJob(ORDER);
  assert.equal(new Set(keysOf(edge)).size, 2);
});

test('a kept key that stands for something else is replaced', async () => {
  const keyStore = new MemoryStore();
  const edge = new FakeEdge({
    [SUBMIT]: ({ headers }) =>
      headers['idempotency-key'] === 'old' ? refusal(422, 'idempotency_mismatch') : ordered(),
  });
  keyStore.getItem = () => JSON.stringify({ key: 'old', since: Date.now() });
  const { idempotencyKey } = await edge.client({ keyStore }).createJob(ORDER);
  assert.notEqual(idempotencyKey, 'old');
  assert.equal(edge.requests.length, 2);
});

test('a key of a day ago, and what is none, are not used', async () => {
  for (const kept of [JSON.stringify({ key: 'old', since: Date.now() - 25 * 3600 * 1000 }), '{"key":7}', 'null', '<']) {
    const keyStore = new MemoryStore();
    keyStore.getItem = () => kept;
    const edge = new FakeEdge({ [SUBMIT]: () => ordered() });
    assert.match((await edge.client({ keyStore }).createJob(ORDER)).idempotencyKey, /^[0-9a-f]{32}$/);
  }
});

test('the store may be slow, full or forbidden', async () => {
  const refuse = () => {
    throw new DOMException('no', 'SecurityError');
  };
  for (const keyStore of [
    { getItem: async () => null, setItem: async () => {}, removeItem: async () => {} },
    { getItem: refuse, setItem: refuse, removeItem: refuse },
  ]) {
    const edge = new FakeEdge({ [SUBMIT]: (_, nth) => (nth === 1 ? Promise.reject(networkFailure()) : ordered()) });
    await edge.client({ keyStore }).createJob(ORDER);
    assert.equal(new Set(keysOf(edge)).size, 1);
  }
});

test('nobody reads prompts in the store', async () => {
  const written = [];
  const keyStore = {
    getItem: () => null,
    setItem: (...entry) => written.push(...entry),
    removeItem: (name) => written.push(name),
  };
  const edge = new FakeEdge({ [SUBMIT]: () => ordered() });
  await edge.client({ keyStore }).createJob(ORDER);
  assert.equal(written.length, 3);
  assert.doesNotMatch(written.join(), /fox/);
});

test('a key of the caller’s is sent as it is', async () => {
  const edge = new FakeEdge({ [SUBMIT]: () => ordered(), [`POST /api/jobs/${JOB_ID}/retry`]: () => ordered() });
  await edge.client().createJob(ORDER, { idempotencyKey: 'mine', waitSeconds: 30 });
  await edge.client().retry(JOB_ID, { idempotencyKey: 'mine too' });
  assert.deepEqual(keysOf(edge), ['mine', 'mine too']);
  assert.equal(edge.requests[0].headers.prefer, 'wait=30');
});

test('ordering again has a key of its own kind', async () => {
  const edge = new FakeEdge({
    [`POST /api/jobs/${JOB_ID}/retry`]: (_, nth) => (nth < 3 ? refusal(503, 'unavailable') : ordered()),
  });
  await edge.client().retry(JOB_ID);
  assert.equal(new Set(keysOf(edge)).size, 1);
});

test('what the rules refuse is not sent', async () => {
  const problem = {
    code: 'invalid_request',
    message: 'metadata.num_images: expected 1, 3 or 6.',
    retryable: false,
    details: { field: 'metadata.num_images' },
  };
  const edge = new FakeEdge({ [SUBMIT]: () => ordered() });
  const loadRules = async () => ({ validateJob: () => problem, checkPolicy: () => undefined });
  const error = await errorOf(edge.client({ loadRules }).createJob(ORDER));
  assert.deepEqual(
    [error.code, error.message, error.details.field, error.requestId],
    ['invalid_request', problem.message, 'metadata.num_images', undefined],
  );
  assert.equal(edge.requests.length, 0);
  await edge.client({ loadRules }).createJob(ORDER, { validate: false });
  assert.equal(edge.requests.length, 1);
});

test('where the rules cannot be loaded the edge decides alone', async () => {
  const edge = new FakeEdge({ [SUBMIT]: () => ordered() });
  await edge.client({ loadRules: () => Promise.reject(new Error('policy of the page')) }).createJob(ORDER);
  assert.equal(edge.requests.length, 1);
});

test('an estimate orders nothing', async () => {
  const edge = new FakeEdge({ [SUBMIT]: () => json({ success: true, dryRun: true, price: 3 }) });
  assert.equal((await edge.client().estimate(ORDER)).price, 3);
  assert.deepEqual(edge.requests[0].body, { ...ORDER, dryRun: true });
  assert.equal(edge.requests[0].headers['idempotency-key'], undefined);
});
