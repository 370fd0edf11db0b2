// Webhooks on workerd, sent to a real server: signed, tried again, given up, sent anew.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import pg from 'pg';
import { assertRefused, call, DOT, signIn, TestWorker, until } from '../journeys/client.mjs';
import { assertForeign, opened, Receiver } from './receiver.mjs';

let database;
let receiver;

before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
});
after(() => database.end());
beforeEach(async () => {
  receiver = await new Receiver().open();
});
afterEach(() => receiver.close());

/** Fires the scheduled handler; its first pass comes at once. */
function sweep() {
  const control = new URL(process.env.PUBLIC_BASE_URL);
  control.port = String(Number(control.port) + 1);
  control.pathname = '/sweep';
  void fetch(control, { method: 'POST' }).catch(() => {});
}

/** Orders one picture that is called off at once, so that its webhook is due; resolves to the job's id. */
async function canceled(user, fields = {}) {
  const { status, body } = await user.submit('sdxl_image_fast', {}, { webhookUrl: receiver.url, ...fields });
  assert.equal(status, 200, JSON.stringify(body));
  await user.request('POST', `/api/jobs/${body.job.id}/cancel`);
  return body.job.id;
}

async function secretOf(user, method = 'GET') {
  const { status, body } = await user.request(method, '/api/webhooks/secret');
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function deliveries(user, query = '') {
  const { status, body } = await user.request('GET', `/api/webhooks/deliveries${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items;
}

/** The delivery of a job, once it is as it should be. */
const delivery = (user, job, wanted) =>
  until(`the delivery of ${job}`, async () =>
    (await deliveries(user)).find((one) => one.job_id === job && wanted(one)),
  );
const isOver = ({ status }) => status !== 'pending';
const makeDue = (job) =>
  database.query(
    `update public.webhook_deliveries set next_attempt_at = now() where job_id = $1 and lease_id is null`,
    [job],
  );

test('a finished job is told at once, signed so that others can verify it', async () => {
  const user = await signIn();
  const { secret } = await secretOf(user);
  const worker = new TestWorker();
  const { body } = await user.submit(
    'sdxl_image_fast',
    { num_images: 3 },
    { webhookUrl: receiver.url, webhookEvents: ['completed'] },
  );
  const claim = (await worker.claim('sdxl_queue', { job_id: body.job.id })).body;
  const keys = [await worker.upload(claim, 0, DOT), null, await worker.upload(claim, 2, DOT)];
  await worker.report(claim, { status: 'completed', assets: keys });

  const [message] = await receiver.messages(body.job.id);
  const told = opened(message, secret);
  assert.equal(told.type, 'job.completed');
  assert.deepEqual(
    [told.data.id, told.data.status, told.data.job_type, told.data.credits_charged],
    [body.job.id, 'completed', 'sdxl_image_fast', 2],
  );
  assert.deepEqual(
    told.data.assets.map(({ status }) => status),
    ['completed', 'failed', 'completed'],
  );
  assert.deepEqual(
    told.data.assets.map(({ id }) => id),
    body.images.map(({ id }) => id),
  );
  assert.deepEqual(Buffer.from(await (await fetch(told.data.assets[2].url)).arrayBuffer()), DOT);
  assert.equal(told.data.assets[1].url, null);
  assert.doesNotMatch(message.body, /red fox/, 'the prompt stays at home');
  assert.equal(message.headers['content-type'], 'application/json');
  assert.equal(message.headers.authorization, undefined);

  const done = await delivery(user, body.job.id, isOver);
  assert.deepEqual(
    [done.id, done.status, done.attempts, done.last_status, done.next_attempt_at],
    [message.headers['webhook-id'], 'delivered', 1, 204, null],
  );
  assert.equal(receiver.heard.length, 1);
});

test('what fails is tried again, as the same message', async () => {
  const user = await signIn();
  receiver.will({ status: 500, body: 'not now' }, { status: 503, headers: { 'retry-after': '900' } });
  const job = await canceled(user);
  sweep();
  const first = await delivery(user, job, ({ attempts, last_status: status }) => attempts === 1 && status !== null);
  assert.deepEqual([first.status, first.last_status, first.last_error], ['pending', 500, 'status']);
  assert.ok(Date.parse(first.next_attempt_at) - Date.parse(first.last_attempt_at) < 20_000);
  await makeDue(job);
  sweep();
  const second = await delivery(user, job, ({ last_status: status }) => status === 503);
  const wait = Date.parse(second.next_attempt_at) - Date.parse(second.last_attempt_at);
  assert.ok(wait > 890_000 && wait < 930_000, `Retry-After: ${wait} ms`);
  await makeDue(job);
  sweep();
  const last = await delivery(user, job, isOver);
  assert.deepEqual([last.status, last.attempts], ['delivered', 3]);
  const messages = await receiver.messages(job, 3);
  assert.equal(new Set(messages.map(({ headers }) => headers['webhook-id'])).size, 1);
  const { secret } = await secretOf(user);
  for (const message of messages) assert.equal(opened(message, secret).type, 'job.canceled');
});

test('a redirect is a failure, and nobody follows it', async () => {
  const user = await signIn();
  receiver.will({ status: 302, headers: { location: '/elsewhere' } });
  const job = await canceled(user);
  sweep();
  const tried = await delivery(user, job, ({ last_status: status }) => status !== null);
  assert.deepEqual([tried.status, tried.last_status, tried.last_error], ['pending', 302, 'redirect']);
  assert.deepEqual(
    receiver.heard.map(({ path }) => path),
    ['/hook'],
  );
});

test('a receiver that is gone gets nothing more, until its owner sends something anew', async () => {
  const user = await signIn();
  receiver.will({ status: 410 });
  const job = await canceled(user);
  sweep();
  const gone = await delivery(user, job, isOver);
  assert.deepEqual([gone.status, gone.last_status, gone.last_error], ['failed', 410, 'gone']);
  const next = await canceled(user);
  sweep();
  assert.equal((await delivery(user, next, isOver)).last_error, 'disabled');
  assert.equal(receiver.heard.length, 1);

  await database.query(
    `update public.webhook_deliveries set last_attempt_at = now() - interval '1 minute' where job_id = $1`,
    [job],
  );
  const stranger = await signIn();
  assertRefused(await stranger.request('POST', `/api/webhooks/deliveries/${gone.id}/redrive`), 404, 'not_found');
  const redriven = await user.request('POST', `/api/webhooks/deliveries/${gone.id}/redrive`);
  assert.deepEqual([redriven.status, redriven.body.delivery?.status], [200, 'pending']);
  const [, again] = await receiver.messages(job, 2);
  assert.equal(again.headers['webhook-id'], gone.id);
  assert.equal((await delivery(user, job, isOver)).status, 'delivered');
});

test('a new secret and the one before it both sign, for a while', async () => {
  const user = await signIn();
  const old = await secretOf(user);
  const fresh = await secretOf(user, 'POST');
  assert.notEqual(fresh.secret, old.secret);
  assert.ok(Math.abs(Date.parse(fresh.previousUntil) - Date.now() - 86_400_000) < 60_000);
  assert.equal((await secretOf(user)).secret, fresh.secret);
  const job = await canceled(user);
  sweep();
  const [message] = await receiver.messages(job);
  assert.equal(opened(message, old.secret).data.id, job);
  assert.equal(opened(message, fresh.secret).data.id, job);
  assertForeign(message, (await secretOf(await signIn())).secret);
  assertForeign({ ...message, body: message.body.replace('canceled', 'completed') }, fresh.secret);
});

test('two sweeps at once send each message once', async () => {
  const user = await signIn();
  receiver.answers = Array.from(
    { length: 8 },
    () => (response) => setTimeout(() => response.writeHead(200).end(), 300),
  );
  const jobs = await Promise.all(Array.from({ length: 8 }, () => canceled(user)));
  sweep();
  sweep();
  sweep();
  for (const job of jobs) await delivery(user, job, isOver);
  assert.equal(receiver.heard.length, jobs.length);
  assert.equal(new Set(receiver.heard.map(({ headers }) => headers['webhook-id'])).size, jobs.length);
});

test('a receiver that hangs, talks without end, or is not there is nobody’s trouble', async () => {
  const user = await signIn();
  const endless = (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.on('close', () => clearInterval(timer));
  };
  receiver.will(endless);
  const talking = await canceled(user);
  sweep();
  assert.equal((await delivery(user, talking, isOver)).status, 'delivered');
  receiver.will(() => {});
  const hanging = await canceled(user);
  const nowhere = await canceled(user, { webhookUrl: 'http://127.0.0.1:1/hook' });
  sweep();
  assert.equal((await delivery(user, nowhere, (one) => one.last_error)).last_error, 'unreachable');
  assert.equal((await delivery(user, hanging, (one) => one.last_error)).last_error, 'timeout');
});

test('only what may be called is taken, and only what was asked for is told', async () => {
  const user = await signIn();
  const submit = (webhookUrl, fields = {}) => user.submit('sdxl_image_fast', {}, { webhookUrl, ...fields });
  for (const url of [
    'http://example.com/',
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://2130706433/',
    'https://a.internal/',
    'https://u:p@example.com/',
    'https://example.com:22/',
  ]) {
    assertRefused(await submit(url), 400, 'invalid_request');
  }
  assertRefused(await submit(receiver.url, { webhookEvents: ['progress'] }), 400, 'invalid_request');
  const job = await canceled(user, { webhookEvents: ['completed', 'failed'] });
  assert.equal(
    (await deliveries(user)).some((one) => one.job_id === job),
    false,
  );
});

test('pages of deliveries, and who may see them', async () => {
  const user = await signIn();
  for (let nth = 0; nth < 3; nth += 1) await canceled(user);
  const { body: first } = await user.request('GET', '/api/webhooks/deliveries?limit=2');
  const { body: second } = await user.request('GET', `/api/webhooks/deliveries?limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual([first.items.length, second.items.length, second.nextCursor], [2, 1, null]);
  assert.equal(new Set([...first.items, ...second.items].map(({ id }) => id)).size, 3);
  assert.deepEqual(await deliveries(await signIn()), []);
  assert.deepEqual(await deliveries(user, '?status=failed'), []);
  assertRefused(await user.request('GET', '/api/webhooks/deliveries?status=gone'), 400, 'invalid_request');
  for (const [method, path] of [
    ['GET', 'secret'],
    ['POST', 'secret'],
    ['GET', 'deliveries'],
    ['POST', `deliveries/${randomUUID()}/redrive`],
  ]) {
    assertRefused(await call(method, `/api/webhooks/${path}`), 401, 'unauthorized');
  }
  assertRefused(await user.request('POST', '/api/webhooks/deliveries/x/redrive'), 404, 'not_found');
  assertRefused(await user.request('DELETE', '/api/webhooks/secret'), 405, 'method_not_allowed');
});

test('the sweep itself is nobody’s to call', async () => {
  for (const path of [
    '/sweep',
    `/sweep/webhooks/${randomUUID()}`,
    `/functions/v1/sweep/webhooks/${randomUUID()}`,
    `/api/sweep/webhooks/${randomUUID()}`,
  ]) {
    assert.ok([404, 405].includes((await call('POST', path)).status), path);
  }
});
