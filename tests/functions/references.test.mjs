// Reference images from the upload to the worker: what is handed out, and what is refused on the way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, DOT, signIn, TestWorker } from '../journeys/client.mjs';

/** Asks for an upload link, sends the bytes, and resolves to the key. */
async function upload(user, bytes) {
  const asked = await user.request('POST', '/api/references', {
    body: { type: 'style', contentType: 'image/png', bytes: bytes.length },
  });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  const { url, method, headers, key } = asked.body;
  assert.equal((await fetch(url, { method, headers, body: bytes })).status, 200);
  return key;
}

const order = (user, key) => user.submit('sdxl_image_fast', { references: [{ type: 'style', key, strength: 0.7 }] });

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

test('what was never uploaded, and what is no picture, is refused before anything is written', async () => {
  const user = await signIn();
  const before = await user.balance();
  const asked = await user.request('POST', '/api/references', {
    body: { type: 'style', contentType: 'image/png', bytes: 100 },
  });
  assertRefused(await order(user, asked.body.key), 400, 'invalid_request');
  const disguised = await order(user, await upload(user, Buffer.from('<script>alert(1)</script>')));
  assertRefused(disguised, 400, 'invalid_request');
  assert.equal(disguised.body.details.field, 'metadata.references[0]');
  assert.deepEqual(await user.balance(), before);
  assert.deepEqual((await user.request('GET', '/api/jobs')).body.items, []);
});

test('an upload is ordered as what it was uploaded for, so that no likeness goes without consent', async () => {
  const user = await signIn();
  const key = await upload(user, DOT);
  const as = (type, name = key) => user.submit('sdxl_image_fast', { references: [{ type, key: name }] });
  for (const refused of [
    await as('character'),
    await as('composition'),
    await user.submit('sdxl_image_fast', { reference_image_url: key, reference_type: 'character' }),
    await as('character', `${user.id}/face.png`),
  ]) {
    assertRefused(refused, 400, 'invalid_request');
    assert.equal(refused.body.details.field, 'metadata.references');
  }
  assert.equal((await as('style')).status, 200);
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
