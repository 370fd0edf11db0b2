// A worker by hand: claims, uploads, reports. No worker of ours runs beside these tests.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { assertRefused, call, DOT, signIn, TestWorker } from '../journeys/client.mjs';

const CALLBACK = '/functions/v1/job-callback';

/** A job of a new user, claimed by a new worker. */
async function claimed(jobType = 'sdxl_image_fast', metadata = {}) {
  const user = await signIn();
  const worker = new TestWorker();
  const { body } = await user.submit(jobType, metadata);
  const { status, body: claim } = await worker.claim(body.queue, { job_id: body.job.id });
  assert.equal(status, 200, JSON.stringify(claim));
  assert.equal(claim.job_id, body.job.id);
  return { user, worker, claim };
}

test('a batch is settled picture by picture, and the end is told once', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_fast', { num_images: 3, seed: 0 });
  assert.equal(claim.attempt, 1);
  assert.equal(claim.payload.prompt, 'a red fox in snow');
  assert.equal(claim.payload.config.seed, 0);

  const keys = [];
  for (let index = 0; index < 3; index += 1) {
    keys.push(await worker.upload(claim, index, DOT));
    const assets = [0, 1, 2].map((place) => (place === index ? keys[place] : null));
    const report = await worker.report(claim, { status: 'processing', progress: 30 * (index + 1), assets });
    assert.equal(report.status, 200, JSON.stringify(report.body));
    const job = await user.job(claim.job_id);
    assert.equal(job.status, 'processing');
    assert.equal(job.assets.filter((asset) => asset.status === 'completed').length, index + 1);
  }
  const end = { status: 'completed', assets: keys, metadata: { seed: 0, generation_time: 1.5, num_images: 3 } };
  const first = await worker.report(claim, end);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const job = await user.job(claim.job_id);
  assert.equal(job.status, 'completed');
  assert.equal(job.metadata.seed, 0);
  assert.deepEqual(job.metadata.all_assets, keys);
  assert.deepEqual(
    job.assets.map((asset) => asset.title),
    [1, 2, 3].map((n) => `a red fox in snow (${n})`),
  );
  assert.deepEqual(Buffer.from(await (await fetch(job.assets[2].url)).arrayBuffer()), DOT);

  // The answer got lost: the same report again gets the same answer and changes nothing.
  const again = await worker.report(claim, end);
  assert.equal(again.status, 200);
  assert.equal(again.body.replayed, true);
  assert.deepEqual(await user.balance(), { balance: 997, held: 0 });
  const late = await worker.report(claim, { status: 'failed', error_message: 'too late' });
  assert.equal(late.body.ignored, true);
  assert.equal((await user.job(claim.job_id)).status, 'completed');
});

test('a worker that knows no JPEG delivers a PNG, and what the user has is called so', async () => {
  const ordered = { num_images: 1, output_format: 'jpeg', output_quality: 80 };
  const { user, worker, claim } = await claimed('sdxl_image_fast', ordered);
  const { file_extension, output_quality } = claim.payload.config;
  assert.deepEqual([file_extension, output_quality], ['jpg', 80]);
  const key = await worker.upload(claim, 0, DOT);
  assert.match(key, /_1_0\.png$/);
  const unmade = { status: 'completed', assets: [key.replace('.png', '.jpg')] };
  assertRefused(await worker.report(claim, unmade), 422, 'invalid_asset');
  const end = await worker.report(claim, { status: 'completed', assets: [key] });
  assert.equal(end.status, 200, JSON.stringify(end.body));
  const [asset] = (await user.job(claim.job_id)).assets;
  assert.equal(asset.path.split('/').at(-1), key.split('/').at(-1));
  assert.equal((await fetch(asset.url)).headers.get('content-type'), 'image/png');
});

test('what did not arrive is given back', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_high', { num_images: 3 });
  assert.deepEqual(await user.balance(), { balance: 994, held: 6 });
  const key = await worker.upload(claim, 1, DOT);
  const report = await worker.report(claim, { status: 'completed', assets: [null, key, null] });
  assert.equal(report.status, 200, JSON.stringify(report.body));
  const job = await user.job(claim.job_id);
  assert.equal(job.status, 'completed');
  assert.equal(job.metadata.partial, true);
  assert.deepEqual(
    job.assets.map((asset) => asset.status),
    ['failed', 'completed', 'failed'],
  );
  assert.deepEqual(await user.balance(), { balance: 998, held: 0 });
});

test('a failure costs nothing, and is told kindly', async () => {
  const { user, worker, claim } = await claimed('image_high');
  const secret = 'CUDA error at /srv/models/wan.py';
  await worker.report(claim, { status: 'failed', error_message: secret });
  const job = await user.job(claim.job_id);
  assert.equal(job.status, 'failed');
  assert.ok(job.error_message);
  assert.doesNotMatch(JSON.stringify(job), /CUDA/);
  assert.deepEqual(await user.balance(), { balance: 1000, held: 0 });
});

test('a job that failed is ordered again as a new one, once per key', async () => {
  const { user, worker, claim } = await claimed('image_high', { seed: 7 });
  const again = (headers) => user.request('POST', `/api/jobs/${claim.job_id}/retry`, { headers });
  assertRefused(await again(), 409, 'state_conflict');
  await worker.report(claim, { status: 'failed' });
  const headers = { 'idempotency-key': randomUUID() };
  const [first, second] = [await again(headers), await again(headers)];
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.equal(second.body.job.id, first.body.job.id);
  assert.notEqual(first.body.job.id, claim.job_id);
  assert.equal(first.body.job.metadata.seed, 7);
  assert.equal((await user.job(claim.job_id)).status, 'failed');
  assert.deepEqual(await user.balance(), { balance: 998, held: 2 });
  const stranger = await signIn();
  assertRefused(await stranger.request('POST', `/api/jobs/${claim.job_id}/retry`), 404, 'not_found');
});

test('a retryable failure gets another attempt, and the old one is fenced off', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_fast');
  await worker.report(claim, { status: 'failed', retryable: true });
  assert.equal((await user.job(claim.job_id)).status, 'queued');
  const second = (await worker.claim('sdxl_queue', { job_id: claim.job_id })).body;
  assert.equal(second.attempt, 2);
  assert.notEqual(second.keys[0].key, claim.keys[0].key);
  const stale = await worker.report(claim, { status: 'processing', progress: 50 });
  assert.deepEqual([stale.status, stale.body.ignored], [200, true]);
  assert.equal((await worker.report(second, { status: 'processing', progress: 50 })).body.ignored, undefined);
});

test('a job belongs to one worker at a time', async () => {
  const { claim } = await claimed();
  const thief = new TestWorker();
  assert.equal((await thief.claim('sdxl_queue', { job_id: claim.job_id })).status, 204);
  const forged = await thief.report({ ...claim, leaseId: randomUUID() }, { status: 'processing' });
  assert.equal(forged.body.ignored, true);
});

test('a job that is canceled while it runs stops at the next heartbeat', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_fast', { num_images: 6 });
  await worker.report(claim, { status: 'processing', progress: 40 });
  const canceled = await user.request('POST', `/api/jobs/${claim.job_id}/cancel`);
  assert.deepEqual([canceled.status, canceled.body.cancelRequested], [200, true]);
  assert.equal((await worker.report(claim, { status: 'processing', progress: 45 })).body.cancelRequested, true);
  await worker.report(claim, { status: 'released', progress: 45 });
  assert.equal((await user.job(claim.job_id)).status, 'canceled');
  const { balance, held } = await user.balance();
  assert.equal(held, 0);
  assert.equal(balance, 1000 - Math.ceil(6 * 0.45));
});

test('a job that is called off before it ran costs nothing', async () => {
  const user = await signIn();
  const { body } = await user.submit('video_high');
  const canceled = await user.request('POST', `/api/jobs/${body.job.id}/cancel`);
  assert.equal(canceled.body.status, 'canceled');
  assert.equal((await new TestWorker().claim('wan_queue', { job_id: body.job.id })).status, 204);
  assert.deepEqual(await user.balance(), { balance: 1000, held: 0 });
});

test('only assigned keys with real objects behind them are taken', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_fast', { num_images: 1 });
  const refused = async (assets, code) =>
    assertRefused(await worker.report(claim, { status: 'completed', assets }), 422, code);
  const [{ key }] = claim.keys;
  await refused([key], 'invalid_asset'); // nothing was uploaded
  await refused([`../${key}`], 'invalid_asset');
  await refused([key.replace(user.id, randomUUID())], 'invalid_asset');
  await refused(['https://evil.example/x.png'], 'invalid_asset');
  await refused([key.replace('.png', '.html')], 'invalid_asset');
  await refused([], 'assets_mismatch');
  await refused([key, key], 'assets_mismatch');
  assert.equal((await user.job(claim.job_id)).status, 'processing');
  const tooLarge = await worker.report(claim, {
    status: 'processing',
    uploadRequests: [{ index: 0, role: 'image', contentType: 'image/png', bytes: 6_000_000 }],
  });
  assertRefused(tooLarge, 413, 'payload_too_large');
});

test('an upload link is good for one type and one size', async () => {
  const { worker, claim } = await claimed('sdxl_image_fast');
  const { body } = await worker.report(claim, {
    status: 'processing',
    uploadRequests: [{ index: 0, role: 'image', contentType: 'image/png', bytes: DOT.length }],
  });
  const [{ url, headers }] = body.uploads;
  const put = async (link, bytes, type = 'image/png') =>
    (await fetch(link, { method: 'PUT', headers: { ...headers, 'content-type': type }, body: bytes })).status;
  assert.equal(await put(url, DOT, 'text/html'), 403);
  assert.equal(await put(url, Buffer.concat([DOT, DOT])), 403);
  assert.equal(await put(url.replace('_0.png', '_1.png'), DOT), 403);
  assert.equal(await put(url, DOT), 200);
});

test('what was delivered is never replaced, and a job that has ended hands out no links', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_fast');
  const uploadRequests = [{ index: 0, role: 'image', contentType: 'image/png', bytes: DOT.length }];
  const asked = await worker.report(claim, { status: 'processing', uploadRequests });
  const [{ url, key, headers, checkUrl }] = asked.body.uploads;
  const put = (sent, body) => fetch(url, { method: 'PUT', headers: sent, body });
  assert.equal((await put(headers, DOT)).status, 200);
  const end = await worker.report(claim, { status: 'completed', assets: [key], uploadRequests });
  assert.deepEqual([end.status, end.body.uploads], [200, undefined]);
  const late = await worker.report(claim, { status: 'processing', uploadRequests });
  assert.deepEqual([late.status, late.body.ignored, late.body.uploads], [200, true, undefined]);

  const other = Buffer.from(DOT).fill(7);
  assert.equal((await put(headers, other)).status, 412);
  assert.equal((await put({ 'content-type': 'image/png' }, other)).status, 403, 'the condition is signed');
  const there = Buffer.from(await (await fetch(checkUrl)).arrayBuffer());
  assert.deepEqual(there, DOT);
  const job = await user.job(claim.job_id);
  assert.match(job.assets[0].metadata.etag, /^[0-9a-f]{32}$/);
});

test('a batch that was given back half uploaded is made at its first attempt, at keys of its own', async () => {
  const { user, worker, claim } = await claimed('sdxl_image_fast', { num_images: 3 });
  const left = [await worker.upload(claim, 0, DOT), await worker.upload(claim, 1, DOT)];
  await worker.report(claim, { status: 'processing', progress: 60, assets: [left[0], null, null] });
  assert.equal((await worker.report(claim, { status: 'released' })).status, 200);

  const next = new TestWorker();
  const { body: second } = await next.claim('sdxl_queue', { job_id: claim.job_id });
  assert.equal(second.attempt, 1);
  const names = (keys) => keys.map(({ key }) => key);
  assert.ok(names(second.keys).every((key) => !names(claim.keys).includes(key)));
  const assets = [];
  for (const index of [0, 1, 2]) assets.push(await next.upload(second, index, DOT));

  // Neither claim can name what the other one uploads.
  const stale = await worker.report(claim, { status: 'completed', assets });
  assert.deepEqual([stale.status, stale.body.ignored], [200, true]);
  const mixed = await next.report(second, { status: 'completed', assets: [null, left[1], assets[2]] });
  assertRefused(mixed, 422, 'invalid_asset');

  const end = await next.report(second, { status: 'completed', assets });
  assert.equal(end.status, 200, JSON.stringify(end.body));
  const job = await user.job(claim.job_id);
  assert.equal(job.status, 'completed');
  assert.deepEqual(job.metadata.all_assets, [left[0], assets[1], assets[2]], 'what was delivered stays');
  assert.deepEqual(await user.balance(), { balance: 997, held: 0 });
});

test('a worker has to prove who it is', async () => {
  const { worker, claim } = await claimed();
  const fields = { job_id: claim.job_id, status: 'processing', attempt: 1, leaseId: claim.leaseId };
  const text = JSON.stringify(fields);
  const send = (headers, body = text) => call('POST', CALLBACK, { body, headers });
  assertRefused(await send({}), 401, 'unauthorized');
  assertRefused(await send(worker.headers(text), text.replace('processing', 'completed')), 401, 'unauthorized');
  assertRefused(
    await send(worker.headers(text, { timestamp: Math.floor(Date.now() / 1000) - 600 })),
    401,
    'unauthorized',
  );
  const stranger = new TestWorker('stranger', `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
  assertRefused(await send(stranger.headers(text)), 401, 'unauthorized');
  assertRefused(await stranger.claim('sdxl_queue'), 401, 'unauthorized');
  assertRefused(await send({ authorization: 'Bearer ovt1.1.AAAA' }), 401, 'unauthorized');
  assert.equal((await send(worker.headers(text))).status, 200);
  assertRefused(await send(worker.headers('{}'), '{}'), 400, 'invalid_request');
});
