// Reference images from the upload to the worker: what is handed out, and what is refused on the way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3 } from '../../tools/stack/backends/storage/s3.mjs';
import { assertRefused, DOT, signIn, TestWorker } from '../journeys/client.mjs';

const BUCKET = 'reference_images';
const storage = new S3(process.env);

/** Asks for an upload link, sends the bytes, and resolves to the key. */
async function upload(user, bytes, changes = {}) {
  const { url, method, headers, key } = await linkFor(user, bytes, changes);
  assert.equal((await fetch(url, { method, headers, body: bytes })).status, 200);
  return key;
}

async function linkFor(user, bytes, changes = {}) {
  const asked = await user.request('POST', '/api/references', {
    body: { type: 'style', contentType: 'image/png', bytes: bytes.length, ...changes },
  });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  return asked.body;
}

const order = (user, key) => user.submit('sdxl_image_fast', { references: [{ type: 'style', key, strength: 0.7 }] });

function assertUnreadable(refused) {
  assertRefused(refused, 400, 'invalid_request');
  assert.equal(refused.body.details.field, 'metadata.references[0]');
  assert.match(refused.body.error, /an uploaded PNG, JPEG or WebP file of at most 4096 pixels a side/);
}

test('a worker gets a link to the very file, and the hint has none', async () => {
  const [user, worker] = [await signIn(), new TestWorker()];
  const { body } = await order(user, await upload(user, DOT));
  const claim = (await worker.claim('sdxl_queue', { job_id: body.job.id })).body;
  const [reference] = claim.references;
  assert.deepEqual([reference.type, reference.strength, claim.references.length], ['style', 0.7, 1]);
  const file = await fetch(reference.url);
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), DOT);
  assert.doesNotMatch(JSON.stringify(claim.payload), /X-Amz-Signature/);
});

test('what was never uploaded, and what no worker could read, is refused before anything is written', async () => {
  const user = await signIn();
  const before = await user.balance();
  assertUnreadable(await order(user, (await linkFor(user, DOT)).key));
  const bomb = Buffer.from(DOT);
  bomb.writeUInt32BE(30_000, 16);
  bomb.writeUInt32BE(30_000, 20);
  for (const bytes of [Buffer.from('<script>alert(1)</script>'), DOT.subarray(0, 25), bomb]) {
    assertUnreadable(await order(user, await upload(user, bytes)));
  }
  assert.deepEqual(await user.balance(), before);
  assert.deepEqual((await user.request('GET', '/api/jobs')).body.items, []);
});

test('an upload is ordered as what it was uploaded for, so that no likeness goes without consent', async () => {
  const user = await signIn();
  const key = await upload(user, DOT);
  const as = (type, name = key) => user.submit('sdxl_image_fast', { references: [{ type, key: name }] });
  for (const [refused, expected] of [
    [await as('character'), 'the type that it was uploaded for'],
    [await as('composition'), 'the type that it was uploaded for'],
    [
      await user.submit('sdxl_image_fast', { reference_image_url: key, reference_type: 'character' }),
      'the type that it was uploaded for',
    ],
    [await as('character', `${user.id}/face.png`), 'an upload that was made as a character, with consent'],
  ]) {
    assertRefused(refused, 400, 'invalid_request');
    assert.deepEqual(refused.body.details, { field: 'metadata.references[0]', expected });
    assert.equal(refused.body.error, `metadata.references[0]: expected ${expected}.`);
  }
  assert.equal((await as('style')).status, 200);
  const face = await upload(user, DOT, { type: 'character', consent: true });
  assert.equal((await as('character', face)).status, 200);
});

test('what lies there without a link of ours is ordered still, but as nobody’s likeness', async () => {
  const user = await signIn();
  const key = `${user.id}/beside.png`;
  assertUnreadable(await order(user, key));
  await storage.put(BUCKET, key, DOT, 'image/png');
  assert.equal((await order(user, key)).status, 200);
});

test('an upload that was seen once is ordered again without a look', async () => {
  const user = await signIn();
  const key = await upload(user, DOT);
  assert.equal((await order(user, key)).status, 200);
  await storage.remove(BUCKET, key);
  // Whether it can still be read its worker says: `reference_unreadable`, which costs nothing.
  assert.equal((await order(user, key)).status, 200);
});

test('an upload stays what it was', async () => {
  const user = await signIn();
  const asked = await user.request('POST', '/api/references', {
    body: { type: 'style', contentType: 'image/png', bytes: DOT.length },
  });
  const put = async (body) =>
    (await fetch(asked.body.url, { method: 'PUT', headers: asked.body.headers, body })).status;
  assert.deepEqual([await put(DOT), await put(Buffer.alloc(DOT.length))], [200, 412]);
});
