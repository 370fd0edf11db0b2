// The functions through the real gateway and PostgREST: statuses and bodies as the edge and browsers get them.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { signHs256 } from '../../tools/stack/backends/gateway/jwt.mjs';
import { claim, settle, submit } from './support/calls.mjs';
import { required } from './support/scratch.mjs';

const HOUR_S = 3600;
const PRIMING_CALLS = 60;
const url = required('SUPABASE_URL');
const anonKey = required('SUPABASE_ANON_KEY');
const EDGE = required('EDGE_DB_JWT');
const SERVICE = required('SUPABASE_SERVICE_ROLE_KEY');

function tokenOf(user) {
  const claims = {
    sub: user,
    role: 'authenticated',
    aud: 'authenticated',
    exp: Math.floor(Date.now() / 1000) + HOUR_S,
  };
  return signHs256(claims, required('SUPABASE_JWT_SECRET'));
}

async function request(method, path, token, body) {
  const response = await fetch(`${url}/rest/v1/${path}`, {
    method,
    // A secret key counts only as the key itself.
    headers: {
      apikey: token === SERVICE ? SERVICE : anonKey,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}
const rpc = (name, token, body = {}) => request('POST', `rpc/${name}`, token, body);

test('a job from submit to the end', async () => {
  const user = randomUUID();
  const order = submit(user, { p_webhook_events: [], p_idempotency_key: 'k' });
  const made = await rpc('enqueue_job', EDGE, order);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const job = made.body.job.id;
  assert.deepEqual(await rpc('sweep_done', EDGE, { p_pushed: [], p_deleted: [] }), { status: 204, body: null });
  const lease = randomUUID();
  const claimed = await rpc('claim_job', EDGE, claim({ p_job_id: job, p_lease_id: lease, p_models: ['sdxl'] }));
  assert.deepEqual([claimed.status, claimed.body.job_id], [200, job]);
  assert.deepEqual(await rpc('claim_job', EDGE, claim({ p_job_id: job })), { status: 200, body: null });
  const assets = claimed.body.keys
    .filter(({ role }) => role === 'image')
    .map(({ index, key }) => ({ index, status: 'completed', url: key, thumbnail_url: null, title: 't', metadata: {} }));
  const settled = await rpc(
    'settle_job',
    EDGE,
    settle(job, 2, 'completed', { p_assets: assets, p_worker_error: null, p_progress: null }),
  );
  assert.deepEqual(settled, { status: 200, body: { outcome: 'ok', charged: 3, released: 0, version: 3 } });

  const me = tokenOf(user);
  const view = await rpc('my_job', me, { p_job_id: job });
  assert.deepEqual([view.status, view.body.status, view.body.assets.length], [200, 'completed', 3]);
  assert.equal((await request('GET', `rpc/my_job?p_job_id=${job}`, me)).body.id, job);
  assert.equal((await rpc('my_events', me, { p_job_id: job, p_after: 0, p_limit: 100 })).body.at(-1).kind, 'completed');
  assert.equal(
    (await rpc('my_assets', me, { p_kind: null, p_saved: null, p_before: null, p_before_id: null, p_limit: 10 })).body
      .length,
    3,
  );
  assert.equal((await request('GET', 'jobs?select=*', me)).body.length, 1);
  assert.equal((await request('GET', 'job_image_urls?select=*', me)).body[0].image_urls.length, 3);
});

test('refusals are statuses, with our code as the hint', async () => {
  const user = randomUUID();
  const order = (changes) => rpc('enqueue_job', EDGE, submit(user, changes));
  const short = await order({ p_starting_credits: 1 });
  assert.deepEqual(short, {
    status: 402,
    body: {
      code: 'PT402',
      message: 'insufficient_credits',
      hint: 'insufficient_credits',
      details: '{"balance": 1, "required": 3}',
    },
  });
  await order({ p_idempotency_key: 'k' });
  const statusOf = async (changes) => {
    const { status, body } = await order(changes);
    return [status, body.code, body.hint];
  };
  assert.deepEqual(await statusOf({ p_project_id: randomUUID() }), [404, 'PT404', 'not_found']);
  assert.deepEqual(await statusOf({ p_idempotency_key: 'k', p_fingerprint: 'x' }), [
    422,
    'PT422',
    'idempotency_mismatch',
  ]);
  assert.deepEqual(await statusOf({ p_max_active: 1 }), [429, 'PT429', 'too_many_active_jobs']);
  assert.deepEqual(await statusOf({ p_max_queued: 0 }), [503, 'PT503', 'queue_full']);
  const missing = await rpc('cancel_job', EDGE, { p_user_id: user, p_job_id: randomUUID() });
  assert.deepEqual([missing.status, missing.body.code], [404, 'PT404']);
});

test('nobody else gets in, not even after the edge has called many times', async () => {
  const user = tokenOf(randomUUID());
  for (let count = 0; count < PRIMING_CALLS; count += 1) assert.equal((await rpc('edge_health', EDGE)).status, 200);
  for (let count = 0; count < 10; count += 1) {
    assert.equal((await rpc('edge_health', user)).status, 403);
    assert.equal((await rpc('edge_health', anonKey)).status, 401);
    assert.equal((await rpc('edge_health', SERVICE)).status, 403);
  }
  for (let count = 0; count < PRIMING_CALLS; count += 1) assert.equal((await rpc('queue_status', user)).status, 200);
  assert.equal((await rpc('queue_status', EDGE)).status, 403);
  assert.equal((await rpc('queue_status', anonKey)).status, 401);
  assert.equal((await rpc('enqueue_job', user, submit(randomUUID()))).status, 403);
});

test('metrics tell when the token of the edge ends', async () => {
  const { exp } = JSON.parse(Buffer.from(EDGE.split('.')[1], 'base64url'));
  const { body } = await rpc('admin_metrics', EDGE);
  const { value } = body.find(({ name }) => name === 'edge_token_expires_seconds');
  assert.ok(Math.abs(exp - Date.now() / 1000 - value) < 60, `${value}`);
});

test('a user cannot write a row, and sees no column that is not theirs', async () => {
  const user = randomUUID();
  const me = tokenOf(user);
  await rpc('enqueue_job', EDGE, submit(user));
  for (const table of [
    'jobs',
    'images',
    'videos',
    'profiles',
    'projects',
    'usage_logs',
    'job_events',
    'webhook_deliveries',
  ]) {
    assert.equal((await request('POST', table, me, {})).status, 403, table);
    assert.equal((await request('DELETE', `${table}?created_at=gt.2000-01-01`, me)).status, 403, table);
  }
  assert.equal((await request('PATCH', `jobs?user_id=eq.${user}`, me, { status: 'completed' })).status, 403);
  assert.equal((await request('GET', 'profiles?select=id', me)).body.length, 1);
  assert.equal((await request('GET', 'jobs', anonKey)).status, 401);
  assert.ok([401, 403, 404].includes((await request('GET', 'leases', me)).status));
});

test('many users at once are never mixed up', async () => {
  const users = Array.from({ length: 20 }, () => randomUUID());
  await Promise.all(users.map((user) => rpc('enqueue_job', EDGE, submit(user))));
  const owners = await Promise.all(
    users.flatMap((user) =>
      Array.from({ length: 10 }, async () => {
        const { body } = await rpc('my_jobs', tokenOf(user), { p_limit: 10 });
        return body.length === 1 && body[0].user_id === user;
      }),
    ),
  );
  assert.ok(owners.every(Boolean));
});
