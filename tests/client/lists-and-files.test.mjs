// Pages as lists, uploads, and prompts that are read along.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, FakeEdge, json, networkFailure, refusal, stream } from './fakes.mjs';

const ASSETS = 'GET /api/assets';
const ENHANCE = 'POST /functions/v1/enhance-prompt';
const REFERENCES = 'POST /api/references';

function pages({ path }) {
  const cursor = new URL(path, 'http://edge.example').searchParams.get('cursor');
  const page = {
    null: { items: [1, 2], nextCursor: 'b' },
    b: { items: [], nextCursor: 'c' },
    c: { items: [3], nextCursor: null },
  }[cursor];
  return json({ success: true, ...page });
}

test('a list is all of its pages, read as far as it is wanted', async () => {
  const edge = new FakeEdge({ [ASSETS]: pages });
  const list = edge.client().assets({ kind: 'image', saved: false, limit: 2 });
  const items = [];
  for await (const item of list) items.push(item);
  assert.deepEqual(items, [1, 2, 3]);
  assert.deepEqual(
    edge.requests.map(({ path }) => path),
    ['', '&cursor=b', '&cursor=c'].map((cursor) => `/api/assets?kind=image&saved=false&limit=2${cursor}`),
  );

  for await (const item of list) if (item === 1) break;
  assert.equal(edge.requests.length, 4);
});

test('a list by the page, for those who scroll', async () => {
  const edge = new FakeEdge({ 'GET /api/jobs': pages });
  const list = edge.client().jobs({ status: 'completed' });
  const first = await list.page();
  assert.deepEqual((await list.page(first.nextCursor)).nextCursor, 'c');
  const sizes = [];
  for await (const { items } of list.pages()) sizes.push(items.length);
  assert.deepEqual(sizes, [2, 0, 1]);
  assert.equal(edge.requests[1].path, '/api/jobs?status=completed&cursor=b');
});

test('projects are listed, made and changed', async () => {
  const edge = new FakeEdge({
    'GET /api/projects': pages,
    'POST /api/projects': ({ body }) => json({ project: body }),
    'PATCH /api/projects/a%2Fb': ({ body }) => json({ project: body }),
  });
  const { projects } = edge.client();
  assert.equal((await projects.list().page()).items.length, 2);
  assert.deepEqual(await projects.create({ title: 'Winter' }), { title: 'Winter' });
  assert.deepEqual(await projects.update('a/b', { title: null }), { title: null });
});

const LINK = {
  url: 'http://storage.example/x?signature=1',
  method: 'PUT',
  headers: { 'content-type': 'image/png' },
  key: 'me/style.png',
};
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);

test('a reference image is announced, uploaded without the token, and named', async () => {
  const edge = new FakeEdge({ [REFERENCES]: () => json(LINK), 'PUT /x': () => new Response() });
  assert.deepEqual(await edge.client().references.upload(PNG, { type: 'style' }), {
    type: 'style',
    key: 'me/style.png',
  });
  const [announced, uploaded] = edge.requests;
  assert.deepEqual(announced.body, { type: 'style', contentType: 'image/png', bytes: 12 });
  assert.deepEqual(uploaded.headers, { 'content-type': 'image/png' });
  assert.equal(uploaded.body.size, 12);
});

test('a picture without a declared type is recognised by its first bytes', async () => {
  const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]);
  const webp = Uint8Array.from([...'RIFFxxxxWEBP'].map((letter) => letter.charCodeAt(0)));
  const edge = new FakeEdge({ [REFERENCES]: () => json(LINK), 'PUT /x': () => new Response() });
  for (const file of [PNG, jpeg, webp, new Uint8Array(3)])
    await edge.client().references.upload(file, { type: 'style' });
  const types = edge.asked('POST', '/api/references').map(({ body }) => body.contentType);
  assert.deepEqual(types, ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream']);
});

test('an upload is tried three times, and not where the storage refuses', async () => {
  const lost = new FakeEdge({
    [REFERENCES]: () => json(LINK),
    'PUT /x': (_, nth) =>
      nth === 1 ? Promise.reject(networkFailure()) : new Response('', { status: nth === 2 ? 503 : 200 }),
  });
  await lost.client().references.upload(new Blob([PNG], { type: 'image/webp' }), { type: 'character', consent: true });
  assert.deepEqual(lost.asked('POST', '/api/references')[0].body, {
    type: 'character',
    contentType: 'image/webp',
    bytes: 12,
    consent: true,
  });
  assert.equal(lost.asked('PUT', '/x').length, 3);

  // Somewhere lies something already: what an earlier try sent, or what nobody of us did.
  const occupied = (first) =>
    new FakeEdge({
      [REFERENCES]: () => json(LINK),
      'PUT /x': (_, nth) => new Response('', { status: nth === 1 ? first : 412 }),
    });
  assert.equal((await occupied(503).client().references.upload(PNG, { type: 'style' })).key, 'me/style.png');
  assert.equal((await errorOf(occupied(412).client().references.upload(PNG, { type: 'style' }))).status, 412);

  const refused = new FakeEdge({ [REFERENCES]: () => json(LINK), 'PUT /x': () => new Response('', { status: 403 }) });
  const error = await errorOf(refused.client().references.upload(PNG, { type: 'style' }));
  assert.deepEqual([error.code, error.status, error.retryable], ['upload_failed', 403, false]);
  assert.equal(refused.asked('PUT', '/x').length, 1);
});

const REQUEST = { prompt: 'a red fox', jobType: 'sdxl_image_high', userId: 'ada' };
const RESULT = { success: true, enhancedPrompt: 'a red fox, golden hour' };
const token = (text) => `event: token\ndata: ${JSON.stringify({ text })}\n\n`;

/** What was read along, and the answer. */
async function readAlong(edge, options) {
  const texts = [];
  const answer = await edge.client(options).enhance(REQUEST, { onToken: (text) => texts.push(text) });
  return { texts, answer };
}

test('a prompt is read along while it is written', async () => {
  const edge = new FakeEdge({
    [ENHANCE]: () =>
      stream([`${token('a red')}${token(' fox')}`, `event: result\ndata: ${JSON.stringify(RESULT)}\n\n`]),
  });
  assert.deepEqual(await readAlong(edge), { texts: ['a red', ' fox'], answer: RESULT });
  assert.deepEqual(edge.requests[0].body, { ...REQUEST, stream: true });
});

test('when another worker takes over, what was read is void', async () => {
  const edge = new FakeEdge({
    [ENHANCE]: () =>
      stream([
        `${token('a')}event: reset\ndata: {}\n\n${token('one')}${token(' fox')}event: result\ndata: ${JSON.stringify(RESULT)}\n\n`,
      ]),
  });
  const heard = [];
  await edge.client().enhance(REQUEST, { onToken: (_, soFar) => heard.push(soFar) });
  assert.deepEqual(heard, ['a', '', 'one', 'one fox']);
});

test('without reading along it is one answer', async () => {
  const edge = new FakeEdge({ [ENHANCE]: () => json(RESULT) });
  assert.deepEqual(await edge.client().enhance(REQUEST), RESULT);
  assert.deepEqual(edge.requests[0].body, REQUEST);
  assert.deepEqual((await readAlong(edge)).answer, RESULT, 'an edge that answers at once');
});

test('a stream that breaks, or that the edge does not know, becomes one answer', async () => {
  const notKnown = refusal(400, 'invalid_request', { details: { field: 'stream' } });
  for (const answer of [
    () => stream([token('a red'), networkFailure()]),
    () => stream([token('a')]),
    () => Promise.reject(networkFailure()),
    () => notKnown.clone(),
  ]) {
    const edge = new FakeEdge({ [ENHANCE]: (request, nth) => (nth === 1 ? answer(request) : json(RESULT)) });
    assert.deepEqual((await readAlong(edge)).answer, RESULT);
    assert.equal(edge.requests[1].body.stream, undefined);
  }
});

test('a refusal is one, before and in the middle of the stream', async () => {
  const inside = {
    success: false,
    error: 'No.',
    code: 'content_policy',
    retryable: false,
    requestId: 'r-2',
    status: 422,
  };
  for (const answer of [
    () => stream([token('a'), `event: error\ndata: ${JSON.stringify(inside)}\n\n`]),
    () => refusal(422, 'content_policy'),
  ]) {
    const edge = new FakeEdge({ [ENHANCE]: answer });
    const error = await errorOf(readAlong(edge));
    assert.deepEqual([error.code, error.retryable], ['content_policy', false]);
    assert.equal(edge.requests.length, 1);
  }
});

test('a model that falls silent for good is a timeout', async () => {
  const edge = new FakeEdge({ [ENHANCE]: ({ signal }) => stream([token('a')], { signal, open: true }) });
  const error = await errorOf(edge.client().enhance(REQUEST, { onToken: () => {}, timeoutMs: 20 }));
  assert.deepEqual([error.code, edge.requests.length], ['timeout', 1]);
});

test('a mistake of the page is not taken for a broken stream', async () => {
  const edge = new FakeEdge({ [ENHANCE]: () => stream([token('a')]) });
  const mistake = new TypeError('undefined is not a function');
  const onToken = () => {
    throw mistake;
  };
  assert.equal(await errorOf(edge.client().enhance(REQUEST, { onToken })), mistake);
});

test('whose prompt it is, the token says, or else the account', async () => {
  const { userId: _, ...request } = REQUEST;
  const edge = new FakeEdge({ [ENHANCE]: () => json(RESULT), 'GET /api/me': () => json({ user_id: 'bob' }) });
  await edge.client({ token: () => `x.${btoa('{"sub":"ada"}')}.x` }).enhance(request);
  await edge.client({ token: () => 'opaque' }).enhance(request);
  assert.deepEqual(
    edge.asked('POST', '/functions/v1/enhance-prompt').map(({ body }) => body.userId),
    ['ada', 'bob'],
  );
});
