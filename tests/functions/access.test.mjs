// Every operation as everybody: nobody gets what is not his, each costs the backends what it may, and no operation
// was forgotten.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { signHs256 } from '../../tools/stack/backends/gateway/jwt.mjs';
import { BASE, call, DOT, signIn, TestWorker } from '../journeys/client.mjs';
import { read } from '../tidy/support.mjs';
import { ACCESS, CALLERS } from './access.mjs';

const { paths } = JSON.parse(read('docs/openapi.json'));
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);
const adminSecret = { 'x-admin-secret': process.env.ADMIN_SECRET };

let world;
before(async () => {
  const [owner, other, worker] = [await signIn(), await signIn(), new TestWorker()];
  const submitted = async (jobType = 'image_fast') => (await owner.submit(jobType)).body.job.id;
  const take = async (job) => (await worker.claim('wan_queue', { job_id: job })).body;

  const ended = await take(await submitted());
  const settled = await worker.report(ended, { status: 'completed', assets: [await worker.upload(ended, 0, DOT)] });
  assert.equal(settled.status, 200, JSON.stringify(settled.body));
  const film = await take(await submitted('video_fast'));
  const clip = await worker.upload(film, 0, DOT, { role: 'video', contentType: 'video/mp4' });
  const shown = await worker.report(film, { status: 'completed', assets: [clip] });
  assert.equal(shown.status, 200, JSON.stringify(shown.body));
  const { assets } = await owner.job(ended.job_id);
  const project = await owner.request('POST', '/api/projects', { body: { title: 'the owner’s' } });
  const mock = await call('POST', '/functions/v1/generate-admin-image', {
    body: { prompt: 'a red fox' },
    headers: adminSecret,
  });
  world = {
    owner,
    other,
    worker,
    admin: { token: signedAdmin() },
    ended: ended.job_id,
    video: film.job_id,
    asset: assets[0].id,
    project: project.body.project.id,
    delivery: await deliveryOf(owner),
    apiKey: (await owner.request('POST', '/api/keys', { body: { name: 'CI', scopes: ['read'] } })).body.apiKey.id,
    claim: await take(await submitted()),
    waiting: await submitted(),
    urgent: await submitted(),
    mockImage: new URL(mock.body.image.url).pathname + new URL(mock.body.image.url).search,
  };
});
// Whatever stays paused or queued, the files after this one would meet.
after(async () => {
  for (const action of ['resume', 'purge'])
    await call('POST', `/api/admin/${action}`, { body: { queue: 'wan_queue' }, headers: adminSecret });
});

/** A webhook of the owner's, to where nobody listens. */
async function deliveryOf(owner) {
  const { body } = await owner.submit('image_fast', {}, { webhookUrl: 'http://127.0.0.1:1/hook' });
  await owner.request('POST', `/api/jobs/${body.job.id}/cancel`);
  return (await owner.request('GET', '/api/webhooks/deliveries')).body.items[0].id;
}

function signedAdmin() {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: randomUUID(),
    aud: 'authenticated',
    role: 'authenticated',
    iat: now,
    exp: now + 3600,
    app_metadata: { role: 'admin' },
  };
  return signHs256(claims, process.env.SUPABASE_JWT_SECRET);
}

/** The answer's status and text; a stream is left as soon as it has begun. */
async function ask(caller, operation) {
  const [method, pattern] = operation.split(' ');
  const { path = pattern, id, body } = ACCESS[operation].request(world);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const proof = { anonymous: {}, worker: world.worker.headers(text ?? '') }[caller] ?? {
    authorization: `Bearer ${world[caller].token}`,
  };
  const stop = new AbortController();
  const answer = await fetch(BASE + path.replace('{id}', id), {
    method,
    body: text,
    headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...proof },
    signal: stop.signal,
  });
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream'))
    return { status: answer.status, text: await answer.text(), trips: tripsOf(answer) };
  stop.abort();
  return { status: answer.status, text: '', trips: tripsOf(answer) };
}

/** The backends that were asked before the answer; the published keys are fetched once an isolate. */
function tripsOf(answer) {
  const names = answer.headers
    .get('server-timing')
    .split(', ')
    .map((entry) => entry.split(';')[0]);
  return names.filter((name) => !['total', 'keys'].includes(name));
}

test('each operation of the API has its row, and each row its operation', () => {
  assert.deepEqual(Object.keys(ACCESS).sort(), operations.sort());
});

for (const [operation, { statuses, trips: granted }] of Object.entries(ACCESS)) {
  test(`${operation} answers each caller as it must`, async () => {
    for (const caller of CALLERS) {
      const { status, text, trips } = await ask(caller, operation);
      assert.ok([statuses[caller]].flat().includes(status), `${caller}: ${status} ${text.slice(0, 300)}`);
      // Who is nobody costs nothing; whoever is granted it costs what the row says.
      if (status < 300) assert.deepEqual(trips, granted, caller);
      if ([401, 403].includes(status)) assert.deepEqual(trips, [], caller);
      if (caller === 'owner' || caller === 'worker') continue;
      const theirs = operation.startsWith('GET ') && !operation.includes('/admin') && !operation.includes('metrics');
      for (const secret of theirs ? [world.owner.id, world.ended, world.asset, world.project, world.delivery] : []) {
        assert.ok(!text.includes(secret), `${caller} reads of the owner: ${text.slice(0, 300)}`);
      }
    }
  });
}

test('the admin secret is an administrator’s proof, and nobody’s identity', async () => {
  for (const [operation, { statuses, request }] of Object.entries(ACCESS)) {
    const [method, pattern] = operation.split(' ');
    const { path = pattern, id, body } = request(world);
    if (!operation.startsWith('GET ') && statuses.owner === 403) continue;
    const expected = statuses.anonymous === 401 && statuses.owner !== 403 ? 401 : 200;
    const { status } = await call(method, path.replace('{id}', id), { body, headers: adminSecret });
    assert.equal(status, expected, operation);
    const wrong = await call(method, path.replace('{id}', id), { body, headers: { 'x-admin-secret': 'x'.repeat(64) } });
    assert.equal(wrong.status, statuses.anonymous === 401 ? 401 : 200, operation);
  }
});
