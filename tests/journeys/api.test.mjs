// The reading endpoints: what is mine, and nothing of anybody else's.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { assertRefused, call, signIn } from './client.mjs';

test('health tells that everything answers', async () => {
  assert.deepEqual((await call('GET', '/api/health')).body, { success: true, status: 'ok', policy_extra_terms: 0 });
  const { status, body } = await call('GET', '/api/health?deep=1');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.database.ok && body.redis.ok, true);
});

test('the page knows where to sign in', async () => {
  const { body } = await call('GET', '/api/config');
  assert.equal(body.supabaseUrl, process.env.SUPABASE_URL);
  assert.equal(body.supabaseAnonKey, process.env.SUPABASE_ANON_KEY);
  assert.doesNotMatch(JSON.stringify(body), new RegExp(process.env.EDGE_DB_JWT.slice(-20)));
});

test('the description of the API is served as it was committed', async () => {
  const { status, body, headers } = await call('GET', '/api/openapi.json');
  assert.equal(status, 200);
  assert.match(headers.get('cache-control'), /^public, /);
  const committed = new URL('../../docs/openapi.json', import.meta.url);
  assert.deepEqual(body, JSON.parse(await readFile(committed, 'utf8')));
});

test('the page is served, and what is neither page nor endpoint is a clear 404', async () => {
  const page = await call('GET', '/');
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assertRefused(await call('GET', '/api/nothing'), 404, 'not_found');
});

test('jobs and assets are their owner’s alone', async () => {
  const [ada, bob] = [await signIn(), await signIn()];
  const { body } = await ada.submit('sdxl_image_fast', { num_images: 1 });
  await ada.ended(body.job.id);
  assertRefused(await bob.request('GET', `/api/jobs/${body.job.id}`), 404, 'not_found');
  assertRefused(await bob.request('POST', `/api/jobs/${body.job.id}/cancel`), 404, 'not_found');
  assertRefused(await ada.request('GET', `/api/jobs/${randomUUID()}`), 404, 'not_found');
  assertRefused(await ada.request('GET', '/api/jobs/not-an-id'), 404, 'not_found');
  for (const path of ['/api/jobs', '/api/assets', '/api/me', '/api/queue-status', `/api/jobs/${body.job.id}`]) {
    assertRefused(await call('GET', path), 401, 'unauthorized');
  }
  assert.deepEqual((await bob.request('GET', '/api/jobs')).body.items, []);
  assert.deepEqual((await bob.request('GET', '/api/assets')).body.items, []);
  const [asset] = (await ada.request('GET', '/api/assets')).body.items;
  assert.equal(asset.job_id, body.job.id);
  assert.equal((await fetch(asset.url)).status, 200);
  const tampered = new URL(asset.url);
  tampered.pathname = tampered.pathname.replace(ada.id, bob.id);
  assert.equal((await fetch(tampered)).status, 403);
});

test('lists go page by page without losing or repeating one', async () => {
  const user = await signIn();
  const made = [];
  for (let n = 0; n < 5; n += 1) made.unshift((await user.submit('sdxl_image_fast', { num_images: 1 })).body.job.id);
  const seen = [];
  let cursor = '';
  do {
    const { status, body } = await user.request('GET', `/api/jobs?limit=2${cursor && `&cursor=${cursor}`}`);
    assert.equal(status, 200, JSON.stringify(body));
    seen.push(...body.items.map((job) => job.id));
    cursor = body.nextCursor;
  } while (cursor);
  assert.deepEqual(seen, made);
  assertRefused(await user.request('GET', '/api/jobs?cursor=nonsense'), 400, 'invalid_request');
  assertRefused(await user.request('GET', '/api/jobs?limit=0'), 400, 'invalid_request');
  assertRefused(await user.request('GET', '/api/jobs?status=lost'), 400, 'invalid_request');
});

test('the queues say how full they are', async () => {
  const user = await signIn();
  const { body } = await user.request('GET', '/api/queue-status');
  assert.deepEqual(body.queues.map((queue) => queue.queue).sort(), ['sdxl_queue', 'wan_queue']);
  assert.equal(
    body.queueDepth,
    body.queues.reduce((sum, queue) => sum + queue.queued, 0),
  );
});

test('credits are an administrator’s to give, once per key', async () => {
  const user = await signIn();
  await user.balance();
  const headers = { 'x-admin-secret': process.env.ADMIN_SECRET, 'idempotency-key': randomUUID() };
  const body = { user_id: user.id, amount: 50, reason: 'a present' };
  for (let n = 0; n < 2; n += 1) {
    const granted = await call('POST', '/api/admin/credits', { body, headers });
    assert.equal(granted.status, 200, JSON.stringify(granted.body));
    assert.equal(granted.body.balance, 1050);
  }
  assertRefused(await user.request('POST', '/api/admin/credits', { body }), 403, 'forbidden');
});
