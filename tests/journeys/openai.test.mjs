// OpenAI's own client, unchanged, against the running service: another base URL and one of our keys are all it takes.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import ExifReader from 'exifreader';
import OpenAI, { toFile } from 'openai';
import { BASE, call, signIn, until } from './client.mjs';
import { JOB_TYPES } from './job-types.mjs';

const PNG = '89504e470d0a1a0a';
const WAN = { queue: 'wan_queue' };

let user;
let openai;
before(async () => {
  user = await signIn();
  openai = clientOf(await keyFor({ scopes: ['orders'] }));
});
after(() => administer('resume'));

async function administer(action) {
  const headers = { 'x-admin-secret': process.env.ADMIN_SECRET };
  const { status } = await call('POST', `/api/admin/${action}`, { body: WAN, headers });
  assert.equal(status, 200);
}

async function keyFor(fields) {
  const answer = await user.request('POST', '/api/keys', { body: { name: 'openai', ...fields } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.key;
}

/** A client that counts what it sends here; whether `fetch` knows forms it asks of a `data:` address. */
function clientOf(apiKey) {
  const client = new OpenAI({
    apiKey,
    baseURL: `${BASE}/v1`,
    fetch: (url, init) => {
      if (`${url}`.startsWith(BASE)) client.sent += 1;
      return fetch(url, init);
    },
  });
  client.sent = 0;
  return client;
}

const isPng = (bytes) => assert.equal(Buffer.from(bytes).subarray(0, 8).toString('hex'), PNG);

test('pictures by link', async () => {
  const { created, data, size, quality, output_format } = await openai.images.generate({
    model: 'sdxl_image_fast',
    prompt: 'a red fox in snow',
    n: 3,
    size: '1024x1024',
  });
  assert.ok(Math.abs(created - Date.now() / 1000) < 120);
  assert.deepEqual([size, quality, output_format], ['1024x1024', 'medium', 'png']);
  assert.equal(data.length, 3);
  for (const { url } of data) isPng(await (await fetch(url)).arrayBuffer());
});

test('a picture in the answer itself, of the model that nobody has to name', async () => {
  const { data } = await openai.images.generate({ prompt: 'a red fox in snow', response_format: 'b64_json' });
  assert.equal(data.length, 1);
  isPng(Buffer.from(data[0].b64_json, 'base64'));
});

test('a picture in the size and format that was asked for', async () => {
  const body = { prompt: 'a red fox in snow', size: '1216x832', output_format: 'jpeg', response_format: 'b64_json' };
  const made = await openai.images.generate({ ...body, output_compression: 95 });
  assert.deepEqual([made.size, made.output_format], ['1216x832', 'jpeg']);
  const large = Buffer.from(made.data[0].b64_json, 'base64');
  const { 'Image Width': width, 'Image Height': height } = ExifReader.load(large);
  assert.deepEqual([width.value, height.value], [1216, 832]);
  const events = [];
  for await (const event of await openai.images.generate({ ...body, output_compression: 0, stream: true }))
    if (event.type === 'image_generation.completed') events.push(event);
  assert.deepEqual(
    events.map(({ size, output_format }) => [size, output_format]),
    [['1216x832', 'jpeg']],
  );
  const small = Buffer.from(events[0].b64_json, 'base64');
  assert.equal(small.subarray(0, 3).toString('hex'), 'ffd8ff');
  assert.ok(small.length * 2 < large.length, `${small.length} ${large.length}`);
});

test('pictures as events, each as soon as it is there', async () => {
  const stream = await openai.images.generate({
    model: 'sdxl_image_high',
    prompt: 'a red fox in snow',
    n: 3,
    stream: true,
    partial_images: 2,
  });
  const events = [];
  for await (const event of stream) events.push(event);
  const completed = events.filter(({ type }) => type === 'image_generation.completed');
  assert.equal(completed.length, 3);
  for (const { b64_json, quality, size } of completed) {
    isPng(Buffer.from(b64_json, 'base64'));
    assert.deepEqual([quality, size], ['high', '1024x1024']);
  }
});

test('the models are the job types', async () => {
  const names = [];
  for await (const model of openai.models.list()) names.push(model.id);
  assert.deepEqual(names, JOB_TYPES);
  assert.equal((await openai.models.retrieve('image_fast')).owned_by, 'ourvidz');
  await assert.rejects(openai.models.retrieve('dall-e-3'), OpenAI.NotFoundError);
});

test('the same request under the same key is the same order, at the same price', async () => {
  const key = randomUUID();
  const order = () =>
    openai.images.generate(
      { model: 'sdxl_image_high', prompt: 'a lighthouse at dawn' },
      { headers: { 'idempotency-key': key } },
    );
  const before = await user.balance();
  const [first, second] = [await order(), await order()];
  assert.equal(second.id, first.id);
  assert.equal(before.balance - (await user.balance()).balance, 2);
});

test('a job that outlasts the wait is where the answer says, and the same request under the same key waits on', async () => {
  await administer('pause');
  const order = (wait) =>
    openai.images
      .generate({ model: 'image_fast', prompt: 'a red fox in snow' }, { headers: { 'idempotency-key': key, ...wait } })
      .withResponse();
  const key = randomUUID();
  const { response, data: waiting } = await order({ prefer: 'wait=1' });
  assert.equal(response.status, 202);
  assert.deepEqual([waiting.data, waiting.status], [[], 'queued']);
  const { pathname } = new URL(response.headers.get('location'));
  assert.equal((await user.request('GET', pathname)).body.id, waiting.id);
  await assert.rejects(streamed({ model: 'image_fast', prompt: 'a red fox', stream: true }), (error) => {
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.code, 'timeout');
    return true;
  });
  await administer('resume');
  const { data: done } = await order();
  assert.equal(done.id, waiting.id);
  assert.equal(done.data.length, 1);
});

async function streamed(body) {
  for await (const _ of await openai.images.generate(body, { headers: { prefer: 'wait=1' } }));
}

test('a video: ordered, followed, fetched, and deleted', async () => {
  const client = clientOf(await keyFor({ scopes: ['orders', 'read'] }));
  const body = { model: 'video_fast', prompt: 'a red fox in snow', seconds: '5', size: '832x480' };
  const ordered = await client.videos.create(body);
  assert.deepEqual(
    [ordered.object, ordered.model, ordered.status, ordered.seconds, ordered.size, ordered.prompt],
    ['video', 'video_fast', 'queued', '5', '832x480', body.prompt],
  );
  const video = await until('the video', async () => {
    const seen = await client.videos.retrieve(ordered.id);
    assert.notEqual(seen.status, 'failed', seen.error?.message);
    return seen.status === 'completed' ? seen : null;
  });
  assert.deepEqual([video.progress, video.size], [100, '832x480']);
  assert.ok(video.completed_at >= video.created_at && Math.abs(video.created_at - ordered.created_at) <= 1);
  const file = Buffer.from(await (await client.videos.downloadContent(ordered.id)).arrayBuffer());
  assert.equal(file.subarray(4, 8).toString(), 'ftyp');
  assert.deepEqual(await client.videos.delete(ordered.id), { id: ordered.id, object: 'video.deleted', deleted: true });
  await assert.rejects(client.videos.retrieve(ordered.id), OpenAI.NotFoundError);
  await assert.rejects(client.videos.downloadContent(ordered.id), OpenAI.NotFoundError);
});

test('a video that waits is called off, and costs nothing', async () => {
  const client = clientOf(await keyFor({ scopes: ['orders', 'read'] }));
  const before = await user.balance();
  await administer('pause');
  const { id } = await client.videos.create({ prompt: 'a red fox in snow', seconds: '6' });
  await assert.rejects(client.videos.downloadContent(id), OpenAI.ConflictError);
  assert.equal((await client.videos.delete(id)).deleted, true);
  await assert.rejects(client.videos.retrieve(id), OpenAI.NotFoundError);
  await administer('resume');
  assert.deepEqual(await user.balance(), before);
});

test('refusals are of the classes that the client knows, and what cannot succeed is sent once', async () => {
  const limited = clientOf(await keyFor({ scopes: ['orders'], monthlyLimit: 1 }));
  const reader = clientOf(await keyFor({ scopes: ['read'] }));
  const picture = await toFile(Buffer.alloc(500_000), 'fox.png', { type: 'image/png' });
  const small = await toFile(Buffer.alloc(2_000), 'fox.png', { type: 'image/png' });
  const film = (body) => (client) => client.videos.create({ prompt: 'a fox', ...body });
  const generate = (body) => (client) => client.images.generate(body);
  for (const [client, ask, error, code, param] of [
    [openai, generate({ prompt: '' }), OpenAI.BadRequestError, 'invalid_request', 'prompt'],
    [openai, generate({ prompt: 'a fox', size: '512x512' }), OpenAI.BadRequestError, 'invalid_request', 'size'],
    [
      openai,
      generate({ prompt: 'a fox', output_format: 'webp' }),
      OpenAI.BadRequestError,
      'invalid_request',
      'output_format',
    ],
    [
      openai,
      generate({ prompt: 'a fox', output_compression: 80 }),
      OpenAI.BadRequestError,
      'invalid_request',
      'output_compression',
    ],
    [openai, film({ size: '720x1280' }), OpenAI.BadRequestError, 'invalid_request', 'size'],
    [openai, generate({ prompt: 'a fox', model: 'dall-e-3' }), OpenAI.NotFoundError, 'model_not_found', null],
    [limited, generate({ prompt: 'a fox', n: 3 }), OpenAI.RateLimitError, 'billing_hard_limit_reached', null],
    [reader, generate({ prompt: 'a fox' }), OpenAI.PermissionDeniedError, 'forbidden', null],
    [reader, ({ models }) => models.list(), OpenAI.PermissionDeniedError, 'forbidden', null],
    [clientOf('sk-another'), generate({ prompt: 'a fox' }), OpenAI.AuthenticationError, 'invalid_api_key', null],
    [
      openai,
      ({ images }) => images.edit({ image: picture, prompt: 'a fox' }),
      OpenAI.APIError,
      'payload_too_large',
      null,
    ],
    [openai, film({ input_reference: small }), OpenAI.BadRequestError, 'invalid_request', 'input_reference'],
    [openai, film({ seconds: '4' }), OpenAI.BadRequestError, 'invalid_request', 'seconds'],
    [
      openai,
      ({ chat }) => chat.completions.create({ model: 'x', messages: [] }),
      OpenAI.NotFoundError,
      'not_found',
      null,
    ],
  ]) {
    const before = client.sent;
    await assert.rejects(ask(client), (thrown) => {
      assert.ok(thrown instanceof error, `${code}: ${thrown}`);
      assert.deepEqual([thrown.code, thrown.param ?? null], [code, param]);
      assert.ok(thrown.requestID);
      return true;
    });
    assert.equal(client.sent, before + 1, code);
  }
});

test('a user’s own token is as good as a key', async () => {
  const names = await clientOf(user.token).models.list();
  assert.equal(names.data.length, JOB_TYPES.length);
  assert.equal((await call('GET', '/v1/images/generations')).status, 405);
});
