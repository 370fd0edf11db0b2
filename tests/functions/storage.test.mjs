// Objects, from the link to the end: who can fetch what, in parts too, and that what was deleted is really gone,
// whenever the deletion was cut off.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { assertRefused, DOT, signIn, TestWorker, until } from '../journeys/client.mjs';
import { sweep } from './cron.mjs';
import { presigned } from './presign.mjs';

const BUCKET = 'sdxl_image_fast';
const PASS_MS = 40_000;

let database;
before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
});
after(() => database.end());

/** Three finished pictures; each has a small copy. */
async function finished(user) {
  const worker = new TestWorker();
  const { body } = await user.submit(BUCKET, { num_images: 3 });
  const { body: claim } = await worker.claim('sdxl_queue', { job_id: body.job.id });
  const [assets, thumbnails] = [[], []];
  for (const index of [0, 1, 2]) {
    assets.push(await worker.upload(claim, index, DOT));
    thumbnails.push(
      await worker.upload(claim, index, Buffer.from('a small copy'), { role: 'thumbnail', contentType: 'image/jpeg' }),
    );
  }
  const end = await worker.report(claim, { status: 'completed', assets, thumbnails });
  assert.equal(end.status, 200, JSON.stringify(end.body));
  return { job: await user.job(body.job.id), keys: assets, thumbnails };
}

const statusOf = async (url, options) => (await fetch(url, options)).status;
const exists = async (key) => (await statusOf(presigned('GET', BUCKET, key))) === 200;

test('a link gives the object, whole and in parts', async () => {
  const { job } = await finished(await signIn());
  const [{ url }] = job.assets;
  const whole = await fetch(url);
  assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, 'image/png']);
  assert.deepEqual(Buffer.from(await whole.arrayBuffer()), DOT);
  for (const [range, first, last] of [
    ['bytes=0-7', 0, 7],
    [`bytes=8-`, 8, DOT.length - 1],
    ['bytes=-4', DOT.length - 4, DOT.length - 1],
  ]) {
    const part = await fetch(url, { headers: { range } });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers.get('content-range'), `bytes ${first}-${last}/${DOT.length}`);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), DOT.subarray(first, last + 1), range);
  }
});

test('what an asset takes up is known', async () => {
  const { job } = await finished(await signIn());
  assert.deepEqual([job.assets[0].metadata.bytes, job.assets[0].metadata.thumbnail_bytes], [DOT.length, 12]);
});

test('a link is good for one object, one method and its time', async () => {
  const { job, keys } = await finished(await signIn());
  const [{ url }] = job.assets;
  const changed = (name, value) => {
    const link = new URL(url);
    link.searchParams.set(name, value);
    return link;
  };
  assert.equal(await statusOf(url.replace(encodeURI(keys[0]), encodeURI(keys[1]))), 403, 'another object');
  assert.equal(await statusOf(url, { method: 'DELETE' }), 403, 'another method');
  assert.equal(await statusOf(url, { method: 'PUT', body: 'x' }), 403, 'another method');
  assert.equal(await statusOf(changed('X-Amz-Expires', '604800')), 403, 'a longer time');
  assert.equal(
    await statusOf(changed('X-Amz-Date', `${new URL(url).searchParams.get('X-Amz-Date').slice(0, 9)}235959Z`)),
    403,
    'a later start',
  );
  assert.equal(await statusOf(changed('X-Amz-Signature', '0'.repeat(64))), 403, 'another signature');
  assert.ok(
    [400, 403].includes(await statusOf(url.split('?')[0])),
    'no signature at all: storages differ in what they call it',
  );
  assert.equal(await statusOf(presigned('GET', BUCKET, keys[0])), 200, 'this test signs as the storage does');
  assert.equal(
    await statusOf(presigned('GET', BUCKET, keys[0], { at: new Date(Date.now() - 600_000) })),
    403,
    'expired',
  );
  assert.ok(await exists(keys[0]), 'and nothing was deleted or overwritten meanwhile');
});

test('a deleted asset is gone from the storage, also when the deletion is cut off anywhere', async () => {
  const user = await signIn();
  const { job, keys, thumbnails } = await finished(user);
  for (const { id } of job.assets) assert.equal((await user.request('DELETE', `/api/assets/${id}`)).status, 200);
  assert.deepEqual((await user.request('GET', '/api/assets')).body.items, []);
  assert.ok(
    await exists(keys[0]),
    'an upload that was allowed before could still bring it back, so it is deleted later',
  );

  // One pass ended before it deleted anything, another after the storage had deleted and before it said so.
  const all = [...keys, ...thumbnails];
  await database.query('update private.object_deletions set tries = 1 where key = $1', [keys[0]]);
  assert.equal(await statusOf(presigned('DELETE', BUCKET, keys[1]), { method: 'DELETE' }), 204);
  await database.query(
    `update private.object_deletions set due_at = now() - interval '1 second' where key = any ($1)`,
    [all],
  );
  sweep();
  const left = async () =>
    (await database.query('select key from private.object_deletions where key = any ($1)', [all])).rows;
  await until('the objects to be crossed out', async () => (await left()).length === 0, PASS_MS);
  for (const key of all) assert.equal(await exists(key), false, key);
  assert.equal(await statusOf(job.assets[0].url), 404);
});

test('an asset of a job that runs stays, and nobody deletes another’s', async () => {
  const [user, other, worker] = [await signIn(), await signIn(), new TestWorker()];
  const { body } = await user.submit(BUCKET);
  const { body: claim } = await worker.claim('sdxl_queue', { job_id: body.job.id });
  const key = await worker.upload(claim, 0, DOT);
  const asset = body.images[0].id;
  assertRefused(await user.request('DELETE', `/api/assets/${asset}`), 409, 'state_conflict');
  assertRefused(await other.request('DELETE', `/api/assets/${asset}`), 404, 'not_found');
  assertRefused(await user.request('DELETE', `/api/assets/${randomUUID()}`), 404, 'not_found');
  assert.ok(await exists(key));
});
