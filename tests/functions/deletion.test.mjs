// Everything of a user is deleted while a worker is at it: what it reports afterwards, and what the storage has left.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { S3 } from '../../tools/stack/backends/storage/s3.mjs';
import { assertRefused, call, DOT, signIn, TestWorker, until } from '../journeys/client.mjs';
import { audit } from './auditing.mjs';
import { sweep } from './cron.mjs';

const BUCKET = 'sdxl_image_fast';
// A tick of the sweep, and a pass.
const PASS_MS = 20_000;

let database;
let storage;
before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  storage = new S3(process.env);
});
after(() => database?.end());

const objectsOf = async ({ id }) => {
  const names = [];
  for (const bucket of [BUCKET, 'reference_images'])
    for await (const { key } of storage.list(bucket)) if (key.startsWith(`${id}/`)) names.push(`${bucket} ${key}`);
  return names;
};

/** A picture, a job that runs with an upload of it, a reference, a project and a key. */
async function person(worker) {
  const user = await signIn();
  const asked = await user.request('POST', '/api/references', {
    body: { type: 'style', contentType: 'image/png', bytes: DOT.length },
  });
  const { url, method, headers, key: reference } = asked.body;
  assert.equal((await fetch(url, { method, headers, body: DOT })).status, 200);
  const order = async () => {
    const { body } = await user.submit(BUCKET, { references: [{ type: 'style', key: reference }] });
    return (await worker.claim('sdxl_queue', { job_id: body.job.id })).body;
  };
  const done = await order();
  const settled = await worker.report(done, { status: 'completed', assets: [await worker.upload(done, 0, DOT)] });
  assert.equal(settled.status, 200, JSON.stringify(settled.body));
  await user.request('POST', '/api/projects', { body: { title: 'mine' } });
  const { body } = await user.request('POST', '/api/keys', { body: { name: 'mine', scopes: ['read'] } });
  const claim = await order();
  return { user, key: body.key, claim, uploaded: await worker.upload(claim, 0, DOT) };
}

test('all of it goes, a late report is told so, and buckets and rows fit before and after', async () => {
  const worker = new TestWorker();
  const { user, key, claim, uploaded } = await person(worker);
  const neighbour = await person(worker);
  const { balance, held } = await user.balance();
  assert.equal((await objectsOf(user)).length, 3);

  const answer = await user.request('DELETE', '/api/me/data');
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual(answer.body, { success: true, jobs: 2, assets: 2, projects: 1, api_keys: 1, jobs_left: 0 });
  for (const path of ['/api/jobs', '/api/assets', '/api/projects', '/api/keys'])
    assert.deepEqual((await user.request('GET', path)).body.items, [], path);
  assert.deepEqual(await user.balance(), { balance: balance + held, held: 0 });
  const read = () => call('GET', '/api/jobs', { headers: { authorization: `Bearer ${key}` } });
  await until('the key to be refused', async () => (await read()).status === 401);

  assertRefused(await worker.report(claim, { status: 'processing', progress: 90 }), 404, 'not_found');
  const late = { status: 'completed', assets: [uploaded], snapshot: claim.snapshot };
  assertRefused(await worker.report(claim, late), 404, 'not_found');
  assert.deepEqual((await user.request('GET', '/api/assets')).body.items, []);
  assert.deepEqual((await audit()).findings, []);

  await database.query(
    `update private.object_deletions set due_at = now() - interval '1 second' where starts_with(key, $1)`,
    [`${user.id}/`],
  );
  sweep();
  await until('the objects to be gone', async () => (await objectsOf(user)).length === 0, PASS_MS);
  assert.deepEqual((await audit()).findings, []);
  assert.equal((await objectsOf(neighbour.user)).length, 3);
  assert.equal((await neighbour.user.request('GET', '/api/jobs')).body.items.length, 2);

  // The account is as it was, but for what it held.
  assert.equal((await user.submit('image_fast')).status, 200);
});
