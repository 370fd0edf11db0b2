// API keys as programs use them: each operation with each scope, in the round trips of a token, until they are revoked.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { signHs256 } from '../../tools/stack/backends/gateway/jwt.mjs';
import { assertRefused, BASE, call, signIn, until } from '../journeys/client.mjs';
import { ACCESS, isOpenAi, SCOPES } from './access.mjs';

const SECONDS_UNTIL_REVOKED = 10;

let owner;
let stranger;
let theirs;
/** The owner's keys, one for each scope. */
let keys;
before(async () => {
  [owner, stranger] = [await signIn(), await signIn()];
  keys = Object.fromEntries(
    await Promise.all(Object.keys(SCOPES).map(async (scope) => [scope, (await create({ scopes: [scope] })).key])),
  );
  const { body } = await stranger.submit('image_fast');
  const project = await stranger.request('POST', '/api/projects', { body: { title: 'another’s' } });
  theirs = { job: body.job.id, asset: body.images[0].id, project: project.body.project.id };
});

async function create(fields = {}, user = owner) {
  const body = { name: 'CI', scopes: ['orders', 'read', 'webhooks'], ...fields };
  const answer = await user.request('POST', '/api/keys', { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

const withKey = (key, method, path, { body, headers } = {}) =>
  call(method, path, { body, headers: { authorization: `Bearer ${key}`, ...headers } });
const order = (key, metadata = {}, headers = {}) =>
  withKey(key, 'POST', '/functions/v1/queue-job', {
    body: { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow', ...metadata } },
    headers,
  });

/** The backends that were asked before the answer. */
function tripsOf({ headers }) {
  const names = headers.get('server-timing').split(', ');
  return names.map((entry) => entry.split(';')[0]).filter((name) => name !== 'total');
}

/** Asks an operation about what is somebody else's; of a stream only its status. */
async function ask(key, operation) {
  const [method, pattern] = operation.split(' ');
  const { job, asset, project } = theirs;
  const apiKey = randomUUID();
  const world = {
    owner,
    ended: job,
    waiting: job,
    video: job,
    asset,
    project,
    apiKey,
    delivery: randomUUID(),
    mockImage: pattern,
  };
  const worker = { id: 'w' };
  const { path = pattern, id, body } = ACCESS[operation].request({ ...world, worker, claim: { job_id: job } });
  const stop = new AbortController();
  const answer = await fetch(BASE + path.replace('{id}', id), {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
    signal: stop.signal,
  });
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  const parsed = isStream ? null : await answer.json();
  stop.abort();
  return { status: answer.status, headers: answer.headers, body: parsed };
}

const ofUsers = Object.keys(ACCESS).filter((operation) => ACCESS[operation].statuses.owner === 200);
const scopeOf = (operation) => Object.keys(SCOPES).find((scope) => SCOPES[scope].includes(operation));

test('each operation of a user has one scope, or is for no key at all', () => {
  const listed = Object.values(SCOPES).flat();
  assert.equal(new Set(listed).size, listed.length);
  for (const operation of listed) assert.ok(ofUsers.includes(operation), operation);
  const rest = ofUsers.filter((operation) => ACCESS[operation].statuses.anonymous === 401 && !scopeOf(operation));
  assert.deepEqual(rest.sort(), ['DELETE /api/keys/{id}', 'DELETE /api/me/data', 'GET /api/keys', 'POST /api/keys']);
});

for (const [operation, { statuses, trips }] of Object.entries(ACCESS)) {
  if (statuses.anonymous === 200) continue;
  test(`${operation} asks a key for its scope, and gives it nothing that is another’s`, async () => {
    const needed = scopeOf(operation);
    for (const [scope, key] of Object.entries(keys)) {
      const { status, body, headers } = await ask(key, operation);
      const isWorkers = statuses.worker !== 401;
      // Of what is somebody's the test asks for a stranger's.
      const expected = scope === needed ? (statuses.other === 404 ? 404 : 200) : isWorkers ? 401 : 403;
      assert.equal(status, expected, `${scope}: ${JSON.stringify(body)}`);
      if (needed && status === 403 && isOpenAi(operation)) assert.equal(body.error.code, 'forbidden');
      else if (needed && status === 403) assert.deepEqual(body.details, { reason: 'key_scope', scope: needed });
      // A key that is known costs what a token does; now and then the edge looks whose it is.
      if (status === 200) {
        const asked = tripsOf({ headers });
        const known = asked.length > trips.length ? asked.slice(1) : asked;
        assert.deepEqual(known, trips, `${scope}: ${asked}`);
      }
    }
  });
}

test('within seconds of its first request a key costs no further round trip', async () => {
  const { key } = await create();
  assert.deepEqual(tripsOf(await withKey(key, 'GET', '/api/jobs')), ['database', 'database']);
  assert.deepEqual(tripsOf(await withKey(key, 'GET', '/api/jobs')), ['database']);
  const first = tripsOf(await order(key));
  assert.deepEqual(first, ['database', 'database']);
  assert.deepEqual(tripsOf(await order(key)), ['database']);
});

test('a key reads what its owner reads, and orders in the owner’s name', async () => {
  const { key, apiKey } = await create();
  assert.match(key, /^ovz_[a-z2-7]{40}$/);
  assert.ok(key.startsWith(apiKey.prefix));
  const ordered = await order(key);
  assert.equal(ordered.status, 200, JSON.stringify(ordered.body));
  const { id } = ordered.body.job;
  assert.equal((await owner.job(id)).id, id);
  assert.equal((await withKey(key, 'GET', `/api/jobs/${id}`)).body.id, id);
  assert.deepEqual(
    (await withKey(key, 'GET', '/api/jobs?limit=1')).body.items,
    (await owner.request('GET', '/api/jobs?limit=1')).body.items,
  );
  assertRefused(await stranger.request('GET', `/api/jobs/${id}`), 404, 'not_found');
  assert.equal((await withKey(key, 'GET', '/api/me')).body.user_id, owner.id);
  assert.equal((await withKey(key, 'GET', '/api/me')).body.is_admin, false);

  const [listed] = (await owner.request('GET', '/api/keys')).body.items;
  assert.deepEqual([listed.id, listed.spent_this_month], [apiKey.id, 1]);
  assert.ok(Date.now() - Date.parse(listed.last_used_at) < 60_000);
  assert.ok(!JSON.stringify(listed).includes(key));
});

test('an order by key may wait, and may ask for a better prompt', async () => {
  const { key } = await create({ scopes: ['orders'] });
  const body = { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow' }, enhance: true };
  const answer = await withKey(key, 'POST', '/functions/v1/queue-job', { body, headers: { prefer: 'wait=1' } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.headers.get('preference-applied'), 'wait=1');
  assert.equal(answer.body.warnings, undefined);
  assert.notEqual(answer.body.job.metadata.prompt, 'a red fox in snow');
});

test('the limit of a key holds, and only for that key', async () => {
  const { key } = await create({ monthlyLimit: 2 });
  assert.equal((await order(key)).status, 200);
  assert.equal((await order(key)).status, 200);
  const refused = await order(key);
  assertRefused(refused, 402, 'spending_limit');
  assert.deepEqual(refused.body.details, { limit: 2, spent: 2, required: 1 });
  assert.equal((await order((await create()).key)).status, 200);
  assert.equal((await owner.submit('image_fast')).status, 200);
});

test('a revoked key orders nothing from then on, and does nothing a few seconds later', async () => {
  const { key, apiKey } = await create();
  const { body } = await order(key);
  assertRefused(await stranger.request('DELETE', `/api/keys/${apiKey.id}`), 404, 'not_found');
  assert.equal((await withKey(key, 'GET', '/api/me')).status, 200);
  assert.equal((await owner.request('DELETE', `/api/keys/${apiKey.id}`)).status, 200);
  // These look it up in their own transaction.
  assertRefused(await order(key), 401, 'unauthorized');
  assertRefused(await withKey(key, 'GET', `/api/jobs/${body.job.id}`), 401, 'unauthorized');
  // This one takes the word of a few seconds ago.
  await until(
    'the key to be forgotten',
    async () => (await withKey(key, 'GET', '/api/me')).status === 401,
    SECONDS_UNTIL_REVOKED * 1000,
  );
});

test('a stream that a key has opened ends with the key', async () => {
  const { key, apiKey } = await create();
  const stream = await fetch(`${BASE}/api/events`, { headers: { authorization: `Bearer ${key}` } });
  const ticket = (await withKey(key, 'POST', '/api/events/ticket')).body.ticket;
  const byTicket = await fetch(`${BASE}/api/events?ticket=${ticket}`);
  assert.deepEqual([stream.status, byTicket.status], [200, 200]);
  await owner.request('DELETE', `/api/keys/${apiKey.id}`);
  const ends = await Promise.race([
    Promise.all([stream.text(), byTicket.text()]).then(() => 'ended'),
    new Promise((resolve) => setTimeout(resolve, SECONDS_UNTIL_REVOKED * 1000, 'still open')),
  ]);
  assert.equal(ends, 'ended');
});

test('what is no key is refused without asking anybody', async () => {
  const { key } = await create();
  const last = key.at(-1) === 'a' ? 'b' : 'a';
  for (const wrong of [key.slice(0, -1) + last, `${key}a`, key.slice(0, -1), key.toUpperCase(), 'ovz_']) {
    const answer = await withKey(wrong, 'GET', '/api/me');
    assertRefused(answer, 401, 'unauthorized');
    assert.deepEqual(tripsOf(answer), [], wrong);
  }
});

test('keys are for users who have signed in, and for nobody else to make', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: randomUUID(), aud: 'authenticated', role: 'authenticated', exp: now + 60, is_anonymous: true };
  const token = signHs256(claims, process.env.SUPABASE_JWT_SECRET);
  const body = { name: 'CI', scopes: ['read'] };
  assertRefused(await withKey(token, 'POST', '/api/keys', { body }), 403, 'forbidden');
  assertRefused(
    await owner.request('POST', '/api/keys', { body: { ...body, scopes: ['admin'] } }),
    400,
    'invalid_request',
  );
});
