// What owners do with what they have: keep, prefer, name and delete assets, projects, and reference images.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { assertRefused, call, DOT, signIn } from './client.mjs';

async function batch(user) {
  const { body } = await user.submit('sdxl_image_fast', { num_images: 3 });
  return user.ended(body.job.id);
}

const change = (user, id, body) => user.request('PATCH', `/api/assets/${id}`, { body });

test('assets are kept, one of a job is preferred, and they have names', async () => {
  const user = await signIn();
  const { id: job, assets } = await batch(user);
  const kept = await change(user, assets[0].id, { saved: true, preferred: true, title: ' A fox ' });
  assert.equal(kept.status, 200, JSON.stringify(kept.body));
  assert.deepEqual((({ saved, preferred, title }) => [saved, preferred, title])(kept.body.asset), [
    true,
    true,
    'A fox',
  ]);
  assert.equal((await fetch(kept.body.asset.url)).status, 200);
  await change(user, assets[2].id, { preferred: true });
  assert.deepEqual(
    (await user.job(job)).assets.map(({ preferred }) => preferred),
    [false, false, true],
  );
  const library = (await user.request('GET', '/api/assets?saved=true')).body.items;
  assert.deepEqual(
    library.map(({ id, title }) => [id, title]),
    [[assets[0].id, 'A fox']],
  );
  assertRefused(await change(user, assets[0].id, {}), 400, 'invalid_request');
  assertRefused(await change(user, assets[0].id, { status: 'failed' }), 400, 'invalid_request');
  assertRefused(await change(user, 'no-id', { saved: true }), 404, 'not_found');
  assertRefused(await user.request('GET', `/api/assets/${assets[0].id}`), 405, 'method_not_allowed');
});

test('a deleted asset is gone, and its owner alone can delete it', async () => {
  const [ada, bob] = [await signIn(), await signIn()];
  const { id: job, assets } = await batch(ada);
  const path = `/api/assets/${assets[1].id}`;
  assertRefused(await bob.request('DELETE', path), 404, 'not_found');
  assertRefused(await bob.request('PATCH', path, { body: { saved: true } }), 404, 'not_found');
  assertRefused(await call('DELETE', path), 401, 'unauthorized');
  for (let count = 0; count < 2; count += 1) {
    const gone = await ada.request('DELETE', path);
    assert.deepEqual([gone.status, gone.body], [200, { success: true, id: assets[1].id }]);
  }
  const left = await ada.job(job);
  assert.deepEqual(
    left.assets.map(({ id }) => id),
    [assets[0].id, assets[2].id],
  );
  assert.equal(left.metadata.all_assets.length, 2);
  assert.equal((await ada.request('GET', '/api/assets')).body.items.length, 2);
  assertRefused(await ada.request('DELETE', `/api/assets/${randomUUID()}`), 404, 'not_found');
});

test('a project is made, changed and listed, and an order takes its prompt', async () => {
  const user = await signIn();
  const made = await user.request('POST', '/api/projects', {
    body: { title: 'Winter', original_prompt: 'a red fox in snow' },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const { id } = made.body.project;
  const changed = await user.request('PATCH', `/api/projects/${id}`, {
    body: { title: null, enhanced_prompt: 'a red fox in deep snow, golden hour' },
  });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.deepEqual([changed.body.project.title, changed.body.project.original_prompt], [null, 'a red fox in snow']);
  const listed = (await user.request('GET', '/api/projects')).body.items;
  assert.deepEqual(listed, [changed.body.project]);
  const order = await user.request('POST', '/functions/v1/queue-job', {
    body: { jobType: 'sdxl_image_fast', projectId: id },
  });
  assert.equal(order.status, 200, JSON.stringify(order.body));
  assert.equal((await user.ended(order.body.job.id)).prompt, 'a red fox in deep snow, golden hour');
  const other = await signIn();
  assertRefused(await other.request('PATCH', `/api/projects/${id}`, { body: { title: 'mine' } }), 404, 'not_found');
  assert.deepEqual((await other.request('GET', '/api/projects')).body.items, []);
  assertRefused(await user.request('POST', '/api/projects', { body: {} }), 400, 'invalid_request');
});

async function upload(user, type, bytes, { consent, contentType = 'image/png' } = {}) {
  const asked = await user.request('POST', '/api/references', {
    body: { type, contentType, bytes: bytes.length, consent },
  });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  const { url, method, headers, key } = asked.body;
  return { key, put: (body = bytes, sent = headers) => fetch(url, { method, headers: sent, body }) };
}

test('a reference is uploaded, ordered with, and handed to the worker', async () => {
  const user = await signIn();
  const { key, put } = await upload(user, 'style', DOT);
  assert.ok(key.startsWith(`${user.id}/`), key);
  assert.equal((await put()).status, 200);
  const { body } = await user.submit('sdxl_image_fast', { references: [{ type: 'style', key, strength: 0.7 }] });
  const job = await user.ended(body.job.id);
  assert.equal(job.status, 'completed', JSON.stringify(job));
  const other = await signIn();
  const stolen = await other.submit('sdxl_image_fast', { references: [{ type: 'style', key, strength: 0.7 }] });
  assertRefused(stolen, 400, 'invalid_request');
});

test('an upload link is for one file of one type and size, and a likeness needs consent', async () => {
  const user = await signIn();
  const { put } = await upload(user, 'composition', DOT);
  assert.notEqual((await put(Buffer.concat([DOT, DOT]))).status, 200);
  assert.notEqual((await put(DOT, { 'content-type': 'text/html' })).status, 200);
  const ask = (body) => user.request('POST', '/api/references', { body });
  const file = { contentType: 'image/png', bytes: 100 };
  assertRefused(await ask({ type: 'character', ...file }), 400, 'invalid_request');
  assertRefused(await ask({ type: 'style', contentType: 'image/svg+xml', bytes: 100 }), 400, 'invalid_request');
  assertRefused(
    await ask({ type: 'style', contentType: 'image/png', bytes: 11 * 1024 * 1024 }),
    400,
    'invalid_request',
  );
  assert.equal((await ask({ type: 'character', ...file, consent: true })).status, 200);
  assertRefused(await call('POST', '/api/references', { body: { type: 'style', ...file } }), 401, 'unauthorized');
});

test('a language model finds out how to use the service', async () => {
  const { status, headers, body } = await call('GET', '/llms.txt');
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /^text\/plain/);
  assert.match(body, /^# OurVidz edge/);
  for (const path of ['/api/config', '/v1']) assert.ok(body.includes(`${process.env.PUBLIC_BASE_URL}${path}`), path);
});
