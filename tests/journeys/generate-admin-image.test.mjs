// POST /functions/v1/generate-admin-image: a placeholder that is a real picture.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, call, signIn } from './client.mjs';

const PATH = '/functions/v1/generate-admin-image';
const ADMIN = { 'x-admin-secret': process.env.ADMIN_SECRET };

test('an administrator gets a picture that follows from prompt and mode', async () => {
  const order = (fields) => call('POST', PATH, { body: { prompt: 'a red fox', ...fields }, headers: ADMIN });
  const first = await order({ mode: 'sketch', metadata: { tag: 1 } });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const { image } = first.body;
  assert.deepEqual([image.prompt, image.mode, image.metadata], ['a red fox', 'sketch', { tag: 1 }]);
  const picture = await fetch(image.url);
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.equal(Buffer.from(await picture.arrayBuffer()).readUInt32BE(16), 512);
  assert.equal((await order({ mode: 'sketch' })).body.image.url, image.url);
  assert.notEqual((await order({ mode: 'other' })).body.image.url, image.url);
  assert.doesNotMatch(image.url, /fox/);
});

test('nobody else does', async () => {
  const user = await signIn();
  const body = { prompt: 'a red fox' };
  assertRefused(await user.request('POST', PATH, { body }), 403, 'forbidden');
  assertRefused(await call('POST', PATH, { body }), 401, 'unauthorized');
  assertRefused(await call('POST', PATH, { body, headers: { 'x-admin-secret': 'guess' } }), 401, 'unauthorized');
  assertRefused(await call('POST', PATH, { body: { prompt: '' }, headers: ADMIN }), 400, 'invalid_request');
  assertRefused(await call('GET', `${PATH}/../x.png`), 404, 'not_found');
});
