// Requests: tokens, bounded retries, time limits, errors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OurVidzError } from '../../shared/client/modules/errors.js';
import { errorOf, FakeEdge, JOB_ID, json, networkFailure, refusal } from './fakes.mjs';

const ME = 'GET /api/me';

test('a request carries the token, and reads the answer', async () => {
  const edge = new FakeEdge({ [ME]: () => json({ success: true, balance: 7 }) });
  const client = edge.client({ baseUrl: 'http://edge.example/', headers: { 'x-client-info': 'test' } });
  assert.equal((await client.me()).balance, 7);
  const [{ headers }] = edge.requests;
  assert.equal(headers.authorization, 'Bearer token');
  assert.equal(headers['x-client-info'], 'test');
  assert.equal(headers['content-type'], undefined);
});

test('a refusal becomes an error with all that the edge said', async () => {
  const fields = { suggestedAction: 'Add credits.', details: { required: 6, balance: 2 } };
  const edge = new FakeEdge({ [ME]: () => refusal(402, 'insufficient_credits', fields) });
  const error = await errorOf(edge.client().me());
  assert.ok(error instanceof OurVidzError);
  const { code, status, retryable, suggestedAction, requestId, details, outcomeUnknown } = error;
  assert.deepEqual(
    { code, status, retryable, suggestedAction, requestId, details, outcomeUnknown },
    { code: 'insufficient_credits', status: 402, retryable: false, requestId: 'r-1', outcomeUnknown: false, ...fields },
  );
  assert.equal(edge.requests.length, 1);
});

test('what may pass is tried four times, with growing pauses', async () => {
  const edge = new FakeEdge({
    [ME]: (_, nth) => (nth % 2 ? refusal(503, 'unavailable') : Promise.reject(networkFailure())),
  });
  assert.equal((await errorOf(edge.client().me())).code, 'network');
  assert.equal(edge.requests.length, 4);
  assert.deepEqual(edge.pauses, [500, 1000, 2000]);
});

test('pauses are spread, so that clients do not come back together', async () => {
  const edge = new FakeEdge({ [ME]: () => refusal(503, 'unavailable') });
  await errorOf(edge.client({ timing: { random: () => 0 } }).me());
  assert.deepEqual(edge.pauses, [250, 500, 1000]);
});

test('Retry-After is obeyed, as seconds and as a date', async () => {
  const edge = new FakeEdge({
    [ME]: (_, nth) =>
      nth === 1 ? refusal(429, 'rate_limited', { headers: { 'retry-after': '3' } }) : json({ balance: 1 }),
  });
  await edge.client().me();
  assert.deepEqual(edge.pauses, [3000]);

  const date = new Date(Date.now() + 90_000).toUTCString();
  const later = new FakeEdge({ [ME]: () => refusal(503, 'queue_full', { headers: { 'retry-after': date } }) });
  const error = await errorOf(later.client().me());
  assert.ok(error.retryAfterSeconds > 80 && error.retryAfterSeconds <= 90, `${error.retryAfterSeconds}`);
  assert.deepEqual(later.pauses, [], 'so long a wait is for the caller to decide');
});

test('what could happen twice is sent again only where it surely did not happen', async () => {
  const created = () => json({ success: true, project: { id: '1' } });
  const lost = new FakeEdge({ 'POST /api/projects': () => Promise.reject(networkFailure()) });
  const error = await errorOf(lost.client().projects.create({ title: 'Winter' }));
  assert.equal(error.outcomeUnknown, true);
  assert.equal(lost.requests.length, 1);

  const busy = new FakeEdge({
    'POST /api/projects': (_, nth) => (nth === 1 ? refusal(429, 'rate_limited') : created()),
  });
  assert.equal((await busy.client().projects.create({ title: 'Winter' })).id, '1');
  assert.equal(busy.requests.length, 2);
});

test('calling off, changing and deleting may be repeated', async () => {
  const second = (answer) => (_, nth) => (nth === 1 ? Promise.reject(networkFailure()) : answer());
  const edge = new FakeEdge({
    [`POST /api/jobs/${JOB_ID}/cancel`]: second(() => json({ status: 'canceled' })),
    'PATCH /api/assets/1': second(() => json({ asset: { saved: true } })),
    'DELETE /api/assets/1': second(() => json({ id: '1' })),
  });
  const client = edge.client();
  assert.equal((await client.cancel(JOB_ID)).status, 'canceled');
  assert.equal((await client.updateAsset('1', { saved: true })).saved, true);
  await client.deleteAsset('1');
  assert.equal(edge.requests.length, 6);
});

test('a token that was refused is replaced once', async () => {
  const hints = [];
  const token = ({ refused }) => {
    hints.push(refused);
    return refused ? 'new' : 'old';
  };
  const edge = new FakeEdge({
    [ME]: ({ headers }) =>
      headers.authorization === 'Bearer new' ? json({ balance: 1 }) : refusal(401, 'unauthorized'),
  });
  await edge.client({ token }).me();
  assert.deepEqual(hints, [undefined, 'old']);

  const closed = new FakeEdge({ [ME]: () => refusal(401, 'unauthorized') });
  assert.equal((await errorOf(closed.client().me())).code, 'unauthorized');
  assert.equal(closed.requests.length, 2);
});

test('no token is said to be that, and a token that cannot be had now is asked for again', async () => {
  const edge = new FakeEdge({ [ME]: () => json({ balance: 1 }) });
  for (const token of [undefined, () => null, () => '']) {
    assert.equal((await errorOf(edge.client({ token }).me())).code, 'unauthorized');
  }
  assert.equal(edge.requests.length, 0);

  let tries = 0;
  await edge.client({ token: () => (++tries === 3 ? 'token' : Promise.reject(new Error('offline'))) }).me();
  assert.equal(tries, 3);

  const signedOut = Object.assign(new Error('signed out'), { retryable: false });
  const error = await errorOf(edge.client({ token: () => Promise.reject(signedOut) }).me());
  assert.deepEqual([error.code, error.retryable, error.cause], ['token_failed', false, signedOut]);
});

test('the configuration is read without a token', async () => {
  const edge = new FakeEdge({ 'GET /api/config': () => json({ supabaseUrl: 'x' }) });
  await edge.client({ token: undefined }).config();
  assert.equal(edge.requests[0].headers.authorization, undefined);
});

test('an answer that is not the edge’s is an error with a code all the same', async () => {
  const page = (status) => () => new Response('<html>', { status });
  for (const [status, code, retryable] of [
    [404, 'not_found', false],
    [413, 'payload_too_large', false],
    [400, 'invalid_request', false],
    [502, 'unavailable', true],
    [524, 'unavailable', true],
    [504, 'timeout', true],
    [200, 'invalid_answer', true],
  ]) {
    const edge = new FakeEdge({ [ME]: page(status) });
    const error = await errorOf(edge.client({ tries: 1 }).me());
    assert.deepEqual([error.code, error.status, error.retryable], [code, status, retryable]);
  }
});

test('an abort is thrown as it is, wherever it comes', async () => {
  const reason = new Error('enough');
  const hang = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const cutBody = ({ signal }) =>
    new Response(
      new ReadableStream({
        start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
      }),
    );
  for (const answer of [hang, cutBody]) {
    const edge = new FakeEdge({ [ME]: answer });
    const controller = new AbortController();
    const error = errorOf(edge.client().me({ signal: controller.signal }));
    setImmediate(() => controller.abort(reason));
    assert.equal(await error, reason);
    assert.equal(edge.requests.length, 1);
  }
  const controller = new AbortController();
  const waiting = new FakeEdge({ [ME]: () => refusal(503, 'unavailable') });
  const sleep = async (_, signal) => {
    controller.abort(reason);
    signal.throwIfAborted();
  };
  assert.equal(await errorOf(waiting.client({ timing: { sleep } }).me({ signal: controller.signal })), reason);

  const never = new FakeEdge({});
  const stuck = errorOf(never.client({ token: () => new Promise(() => {}) }).me({ signal: AbortSignal.abort(reason) }));
  assert.equal(await stuck, reason);
});

test('what takes too long is a timeout, also in the middle of the answer', async () => {
  const hang = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const half = ({ signal }) =>
    new Response(
      new ReadableStream({
        start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
      }),
    );
  for (const answer of [hang, half]) {
    const edge = new FakeEdge({ [ME]: answer });
    const error = await errorOf(edge.client({ timeoutMs: 5, tries: 2 }).me());
    assert.deepEqual([error.code, error.status, error.retryable, edge.requests.length], ['timeout', 0, true, 2]);
  }
  const edge = new FakeEdge({});
  assert.equal(
    (await errorOf(edge.client({ timeoutMs: 5, tries: 1, token: () => new Promise(() => {}) }).me())).code,
    'timeout',
  );
});
