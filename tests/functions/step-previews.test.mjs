// What pictures look like while they are made: from a worker's heartbeat to whoever watches, and to nobody else.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import OpenAI from 'openai';
import { assertRefused, BASE, call, DOT, jpeg, signIn, TestWorker, until } from '../journeys/client.mjs';

let ada;
let bob;
const worker = new TestWorker();
before(async () => {
  [ada, bob] = [await signIn(), await signIn()];
});

/** A job of three pictures that the worker holds. */
async function held(user) {
  const { body } = await user.submit('sdxl_image_fast', { num_images: 3 });
  const claim = await worker.claim('sdxl_queue', { job_id: body.job.id });
  assert.equal(claim.status, 200, JSON.stringify(claim.body));
  return claim.body;
}

function beat(claim, progress, stepPreviews, fields = {}) {
  return worker.report(claim, { status: 'processing', progress, stepPreviews, ...fields });
}

function end(claim) {
  return worker.report(claim, { status: 'failed', error_message: 'The test is over.' });
}

/** A stream's frames: kind, id and data. Ends when the stream does or `enough` says so. */
async function frames(path, { headers, enough = () => false }) {
  const abort = new AbortController();
  const answer = await fetch(BASE + path, { headers, signal: abort.signal });
  assert.equal(answer.status, 200);
  const all = [];
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const texts = (rest + chunk).split('\n\n');
    rest = texts.pop();
    for (const text of texts) {
      const fields = Object.fromEntries(text.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
      if (fields.event) all.push({ kind: fields.event, id: fields.id, data: JSON.parse(fields.data) });
    }
    if (enough(all)) {
      abort.abort();
      break;
    }
  }
  return all;
}

const bearer = ({ token }) => ({ authorization: `Bearer ${token}` });
const previewsOf = (all) => all.filter(({ kind }) => kind === 'step_preview').map(({ data }) => data);
const dataUrl = (image) => `data:image/jpeg;base64,${image}`;

test('what a heartbeat brings along is shown to its owner’s streams that ask, for one round trip as ever', async () => {
  const claim = await held(ada);
  const [first, second] = [jpeg('first'), jpeg('second')];
  const answer = await beat(claim, 20, [
    { index: 0, image: first },
    { index: 2, image: second },
  ]);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.match(answer.headers.get('server-timing'), /^database;[^,]*, total;[^,]*$/);
  const enough = (all) => previewsOf(all).length >= 2;
  const expected = [
    { job_id: claim.job_id, index: 0, image: dataUrl(first) },
    { job_id: claim.job_id, index: 2, image: dataUrl(second) },
  ];
  for (const path of [`/api/jobs/${claim.job_id}/events?previews=1`, '/api/events?previews=1']) {
    const all = await frames(path, { headers: bearer(ada), enough });
    assert.deepEqual(previewsOf(all), expected, path);
    assert.ok(all.every(({ kind, id }) => (kind === 'step_preview') === (id === undefined)));
    assert.equal(all.find(({ kind }) => kind === 'progress').data.step_preview, true);
  }
  const ticket = (await ada.request('POST', '/api/events/ticket')).body.ticket;
  const byTicket = await frames(`/api/events?previews=1&ticket=${ticket}`, { enough });
  assert.deepEqual(previewsOf(byTicket), expected);

  await end(claim);
  const ended = await frames(`/api/jobs/${claim.job_id}/events?previews=1`, { headers: bearer(ada) });
  assert.deepEqual(previewsOf(ended), [], 'of what has ended there is something better to see, or nothing');
});

test('nobody else sees them, and whoever does not ask gets none', async () => {
  const [hers, his] = [await held(ada), await held(bob)];
  const secret = jpeg('ada’s');
  await beat(hers, 20, [{ index: 0, image: secret }]);
  await beat(his, 20, [{ index: 0, image: jpeg('bob’s') }]);
  const path = `/api/jobs/${hers.job_id}/events?previews=1`;
  assertRefused(await bob.request('GET', path), 404, 'not_found');
  assertRefused(await call('GET', path), 401, 'unauthorized');
  const seen = await frames('/api/events?previews=1', {
    headers: bearer(bob),
    enough: (all) => previewsOf(all).length > 0,
  });
  assert.deepEqual([...new Set(previewsOf(seen).map(({ job_id }) => job_id))], [his.job_id]);
  const ended = frames(`/api/jobs/${hers.job_id}/events`, { headers: bearer(ada) });
  await end(hers);
  await end(his);
  assert.deepEqual(previewsOf(await ended), []);
});

test('who does not hold the job shows nothing, and what is no preview costs no heartbeat', async () => {
  const claim = await held(ada);
  const image = jpeg('stale');
  for (const wrong of [{ leaseId: crypto.randomUUID() }, { attempt: 2 }, { worker_id: 'another' }]) {
    const { status, body } = await beat(claim, 30, [{ index: 0, image }], wrong);
    assert.deepEqual([status, body.ignored], [200, true], JSON.stringify(wrong));
  }
  const left = await beat(claim, 30, [
    { index: 3, image },
    { index: 9, image },
    { index: 0, image: Buffer.from('no picture').toString('base64') },
    { index: 1, image: jpeg('x'.repeat(12_500)) },
    { index: 2, image: jpeg('good') },
  ]);
  assert.equal(left.status, 200, JSON.stringify(left.body));
  const all = await frames(`/api/jobs/${claim.job_id}/events?previews=1`, {
    headers: bearer(ada),
    enough: (all) => previewsOf(all).length > 0,
  });
  assert.deepEqual(
    previewsOf(all).map(({ index }) => index),
    [2],
  );
  await end(claim);
});

test('OpenAI’s own client shows them as partial images, before the picture', async () => {
  const key = await ada.request('POST', '/api/keys', { body: { name: 'partial', scopes: ['orders'] } });
  const openai = new OpenAI({ apiKey: key.body.key, baseURL: `${BASE}/v1`, maxRetries: 0 });
  const stream = await openai.images.generate({
    prompt: 'a red fox in snow',
    stream: true,
    partial_images: 2,
  });
  const events = [];
  const read = (async () => {
    for await (const event of stream) events.push(event);
  })();
  const job = await until('the order', async () => (await ada.request('GET', '/api/jobs?status=queued')).body.items[0]);
  const claim = (await worker.claim('sdxl_queue', { job_id: job.id })).body;
  const images = [jpeg('coarse'), jpeg('finer')];
  for (const [nth, image] of images.entries()) {
    await beat(claim, [40, 70][nth], [{ index: 0, image }]);
    await until('the partial image', () => events.length > nth);
  }
  await beat(claim, 90, [{ index: 0, image: jpeg('one too many') }]);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const asset = await worker.upload(claim, 0, DOT);
  assert.equal((await worker.report(claim, { status: 'completed', assets: [asset] })).status, 200);
  await read;
  assert.deepEqual(
    events.map(({ type, partial_image_index, output_format, b64_json }) => [
      type,
      partial_image_index,
      output_format,
      b64_json,
    ]),
    [
      ['image_generation.partial_image', 0, 'jpeg', images[0]],
      ['image_generation.partial_image', 1, 'jpeg', images[1]],
      ['image_generation.completed', undefined, 'png', DOT.toString('base64')],
    ],
  );
  for (const { created_at, size, quality, background } of events) {
    assert.ok(Math.abs(created_at - Date.now() / 1000) < 120);
    assert.deepEqual([size, quality, background], ['1024x1024', 'medium', 'opaque']);
  }
});

test('OpenAI’s own client is told that there are three partial images at most', async () => {
  const key = await ada.request('POST', '/api/keys', { body: { name: 'too many', scopes: ['orders'] } });
  const openai = new OpenAI({ apiKey: key.body.key, baseURL: `${BASE}/v1`, maxRetries: 0 });
  await assert.rejects(openai.images.generate({ prompt: 'a red fox', stream: true, partial_images: 4 }), (error) => {
    assert.deepEqual([error.status, error.param], [400, 'partial_images']);
    return true;
  });
});
