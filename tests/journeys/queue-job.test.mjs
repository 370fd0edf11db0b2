// POST /functions/v1/queue-job on workerd, and the worker's answer to it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import ExifReader from 'exifreader';
import { assertRefused, BASE, call, signIn } from './client.mjs';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

test('three pictures of a fox', async () => {
  const user = await signIn();
  const { status, headers, body } = await user.submit('sdxl_image_fast', { num_images: 3 });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.success, true);
  assert.equal(body.queue, 'sdxl_queue');
  assert.equal(body.isSDXL, true);
  assert.deepEqual(
    body.images.map((image) => image.image_index),
    [0, 1, 2],
  );
  assert.match(headers.get('ratelimit-policy'), /q=120;w=60/);
  // The hint goes out behind the answer. The first request of all fetches the keys.
  assert.match(headers.get('server-timing'), /^(keys;dur=\d+, )?database;dur=\d+, total/);
  assert.deepEqual(await user.balance(), { balance: 997, held: 3 });

  const job = await user.ended(body.job.id);
  assert.equal(job.status, 'completed', JSON.stringify(job));
  assert.equal(job.progress, 100);
  assert.equal(job.assets.length, 3);
  for (const asset of job.assets) {
    const picture = await fetch(asset.url);
    assert.equal(picture.status, 200);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    const bytes = Buffer.from(await picture.arrayBuffer());
    assert.deepEqual(bytes.subarray(0, 8), PNG);
    assert.equal(bytes.readUInt32BE(16), 1024);
  }
  assert.equal(job.metadata.all_assets.length, 3);
  assert.deepEqual(
    job.assets.map((asset) => asset.metadata.seed - job.metadata.seed),
    [0, 1, 2],
  );
  assert.equal(job.metadata.primary_asset, job.metadata.all_assets[0]);
  assert.deepEqual(await user.balance(), { balance: 997, held: 0 });
});

// What others' readers find in a file. Drawn by the preview, so by an algorithm without training.
const ORIGIN = 'http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia';

async function originOf(url) {
  const { xmp } = ExifReader.load(await (await fetch(url)).arrayBuffer(), { expanded: true });
  return xmp.DigitalSourceType.value;
}

test('a picture and its thumbnail say that no camera took them', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast', { num_images: 1 });
  const [asset] = (await user.ended(body.job.id)).assets;
  assert.equal(await originOf(asset.url), ORIGIN);
  assert.equal(await originOf(asset.thumbnail_url), ORIGIN);
});

test('what is made has the shape that was ordered, and so has its repetition', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast', { num_images: 1, aspect: '3:2' });
  const wide = await user.request('POST', '/api/queue-job', {
    body: { jobType: 'image_fast', metadata: { prompt: 'waves on a beach at dusk', aspect: '16:9' } },
  });
  assert.equal((await user.ended(body.job.id)).status, 'completed');
  const again = await user.request('POST', `/api/jobs/${body.job.id}/retry`);
  for (const [order, aspect, size] of [
    [body, '3:2', [1216, 832]],
    [again.body, '3:2', [1216, 832]],
    [wide.body, '16:9', [832, 480]],
  ]) {
    const { metadata, assets } = await user.ended(order.job.id);
    assert.equal(metadata.aspect, aspect);
    const bytes = Buffer.from(await (await fetch(assets[0].url)).arrayBuffer());
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], size);
    assert.deepEqual([assets[0].metadata.width, assets[0].metadata.height], size);
    assert.equal(assets[0].metadata.aspect, aspect);
  }
  assertRefused(await user.submit('video_fast', { aspect: '1:1' }), 400, 'invalid_request');
});

test('a picture is a JPEG where that was ordered, of the quality that was, and says how it was made', async () => {
  const user = await signIn();
  const sizes = [];
  for (const quality of [undefined, 20]) {
    const { body } = await user.submit('sdxl_image_fast', {
      num_images: 1,
      seed: 7,
      output_format: 'jpeg',
      output_quality: quality,
    });
    const job = await user.ended(body.job.id);
    assert.equal(job.status, 'completed', JSON.stringify(job));
    const [{ url, path, metadata }] = job.assets;
    assert.match(path, /_1_0\.jpg$/);
    const answer = await fetch(url);
    assert.equal(answer.headers.get('content-type'), 'image/jpeg');
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.deepEqual(bytes.subarray(0, 3), Buffer.from([0xff, 0xd8, 0xff]));
    assert.equal(metadata.bytes, bytes.length);
    const { exif, xmp } = ExifReader.load(bytes, { expanded: true });
    assert.equal(xmp.DigitalSourceType.value, ORIGIN);
    // Behind the name of its alphabet, in the byte order of the file.
    const notes = Uint8Array.from(exif.UserComment.value).subarray('UNICODE '.length);
    assert.match(new TextDecoder('utf-16be').decode(notes), /^a red fox in snow[\s\S]*Seed: 7,/);
    sizes.push(bytes.length);
  }
  assert.ok(sizes[1] * 2 < sizes[0], sizes.join());
  for (const [jobType, wishes] of [
    ['image_fast', { output_quality: 50 }],
    ['image_fast', { output_format: 'png', output_quality: 50 }],
    ['image_fast', { output_format: 'webp' }],
    ['image_fast', { output_format: 'jpeg', output_quality: 0 }],
    ['video_fast', { output_format: 'jpeg' }],
  ])
    assertRefused(await user.submit(jobType, wishes), 400, 'invalid_request');
});

test('style and own negative prompt reach the model, and the job keeps the own words', async () => {
  const user = await signIn();
  const wishes = { num_images: 1, style: 'comic', negative_prompt: 'fog; boats' };
  const quote = await user.submit('sdxl_image_fast', wishes, { dryRun: true });
  assert.match(quote.body.styledPrompt, /^a red fox in snow, comic book panel, /);
  assert.match(quote.body.negativePrompt, /, photograph, realistic, fog, boats$/);
  const { body } = await user.submit('sdxl_image_fast', wishes);
  const again = await user.ended(body.job.id).then(({ id }) => user.request('POST', `/api/jobs/${id}/retry`));
  for (const id of [body.job.id, again.body.job.id]) {
    const job = await user.ended(id);
    assert.equal(job.status, 'completed', JSON.stringify(job));
    assert.deepEqual(
      [job.prompt, job.metadata.style, job.metadata.own_negative_prompt],
      ['a red fox in snow', 'comic', 'fog; boats'],
    );
    assert.equal(job.metadata.negative_prompt, quote.body.negativePrompt);
    const { png } = ExifReader.load(await (await fetch(job.assets[0].url)).arrayBuffer(), { expanded: true });
    assert.match(
      JSON.stringify(png ?? {}),
      /a red fox in snow, comic book panel, [^"]*Negative prompt: [^"]*fog, boats/,
    );
  }
  const long = await user.submit('sdxl_image_fast', { negative_prompt: 'storm clouds, '.repeat(30) });
  assert.deepEqual(long.body.warnings, ['negative_prompt_cut']);
  const clip = await user.submit('video_fast', { negative_prompt: 'storm clouds, '.repeat(30) }, { dryRun: true });
  assert.equal(clip.status, 200, JSON.stringify(clip.body));
  assert.equal(clip.body.warnings, undefined);
});

test('a video comes with its poster', async () => {
  const user = await signIn();
  const { body } = await user.submit('video_fast', { prompt: 'waves on a beach at dusk' });
  const job = await user.ended(body.job.id);
  assert.equal(job.status, 'completed', JSON.stringify(job));
  const [video] = job.assets;
  const file = Buffer.from(await (await fetch(video.url)).arrayBuffer());
  assert.equal(file.subarray(4, 8).toString(), 'ftyp');
  const poster = await fetch(video.thumbnail_url);
  assert.equal(poster.status, 200);
});

test('the same key is the same job, another meaning is refused', async () => {
  const user = await signIn();
  const headers = { 'idempotency-key': randomUUID() };
  const first = await user.submit('sdxl_image_fast', { num_images: 1, seed: 0 }, { headers });
  const again = await user.request('POST', '/api/queue-job', {
    // Another order of keys is the same request.
    body: '{"metadata":{"seed":0,"num_images":1,"prompt":"a red fox in snow"},"jobType":"sdxl_image_fast"}',
    headers,
  });
  assert.equal(again.status, 200);
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.equal(again.body.job.id, first.body.job.id);
  assertRefused(
    await user.submit('sdxl_image_fast', { num_images: 1, seed: 1 }, { headers }),
    422,
    'idempotency_mismatch',
  );
  assert.equal((await user.balance()).balance, 999);
});

test('what is refused leaves nothing and costs nothing', async () => {
  const user = await signIn();
  const before = await user.balance();
  const bad = async (body, status, code) =>
    assertRefused(await user.request('POST', '/functions/v1/queue-job', { body }), status, code);
  const prompt = 'a red fox';
  await bad('{"jobType":', 400, 'invalid_request');
  await bad([], 400, 'invalid_request');
  await bad({ jobType: 'gif', metadata: { prompt } }, 400, 'unknown_job_type');
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt: '   ' } }, 400, 'invalid_request');
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt: 'x'.repeat(2001) } }, 400, 'invalid_request');
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt, num_images: 2 } }, 400, 'invalid_request');
  await bad({ jobType: 'video_fast', metadata: { prompt, num_images: 3 } }, 400, 'invalid_request');
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt, seed: -1 } }, 400, 'invalid_request');
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt }, promt: 1 }, 400, 'invalid_request');
  await bad(
    { jobType: 'sdxl_image_fast', metadata: { prompt, reference_image_url: 'http://127.0.0.1/x.png' } },
    400,
    'invalid_request',
  );
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt }, projectId: randomUUID() }, 404, 'not_found');
  await bad({ jobType: 'sdxl_image_fast', metadata: { prompt }, imageId: randomUUID() }, 404, 'not_found');
  assert.deepEqual(await user.balance(), before);
  assert.equal((await user.request('GET', '/api/jobs')).body.items.length, 0);
});

test('nobody gets in without a token that is ours', async () => {
  const body = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox' } };
  assertRefused(await call('POST', '/functions/v1/queue-job', { body }), 401, 'unauthorized');
  for (const token of [
    'x',
    'a.b.c',
    process.env.SUPABASE_ANON_KEY,
    process.env.SUPABASE_SERVICE_ROLE_KEY,
    process.env.EDGE_DB_JWT,
  ]) {
    const answer = await call('POST', '/functions/v1/queue-job', {
      body,
      headers: { authorization: `Bearer ${token}` },
    });
    assertRefused(answer, 401, 'unauthorized');
  }
});

test('the envelope: methods, types, sizes, ids, origins', async () => {
  const user = await signIn();
  const wrongMethod = await user.request('GET', '/functions/v1/queue-job');
  assertRefused(wrongMethod, 405, 'method_not_allowed');
  assert.equal(wrongMethod.headers.get('allow'), 'POST');
  assertRefused(
    await user.request('POST', '/functions/v1/queue-job', { body: 'x', headers: { 'content-type': 'text/plain' } }),
    415,
    'unsupported_media_type',
  );
  assertRefused(
    await user.request('POST', '/functions/v1/queue-job', { body: ' '.repeat(70_000) }),
    413,
    'payload_too_large',
  );
  const named = await user.request('POST', '/functions/v1/queue-job', {
    body: '{}',
    headers: { 'x-request-id': 'my-id-1' },
  });
  assert.equal(named.headers.get('x-request-id'), 'my-id-1');
  assert.equal(named.headers.get('cache-control'), 'no-store');
  const preflight = await fetch(`${BASE}/functions/v1/queue-job`, {
    method: 'OPTIONS',
    headers: { origin: 'https://studio.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-headers'), /idempotency-key/);
});

test('a dry run tells the price and writes nothing', async () => {
  const user = await signIn();
  const { status, body } = await user.submit('sdxl_image_high', { num_images: 6 }, { dryRun: true });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.price, 12);
  assert.ok(body.negativePromptTokens <= 77);
  assert.equal((await user.request('GET', '/api/jobs')).body.items.length, 0);
});

test('Prefer: wait answers when the job is done', async () => {
  const user = await signIn();
  const { body, headers } = await user.submit('sdxl_image_fast', { num_images: 1 }, { headers: { prefer: 'wait=30' } });
  assert.equal(body.job.status, 'completed');
  assert.equal(headers.get('preference-applied'), 'wait=30');
});

test('a balance that does not cover the price is said so', async () => {
  const user = await signIn();
  await user.balance();
  const admin = { 'x-admin-secret': process.env.ADMIN_SECRET };
  const grant = { user_id: user.id, amount: -998, reason: 'test' };
  assert.equal((await call('POST', '/api/admin/credits', { body: grant, headers: admin })).status, 200);
  const refused = await user.submit('sdxl_image_fast', { num_images: 3 });
  assertRefused(refused, 402, 'insufficient_credits');
  assert.deepEqual(refused.body.details, { required: 3, balance: 2 });
});
