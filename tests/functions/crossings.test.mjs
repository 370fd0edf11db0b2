// What passes between the runtime and a wasm module, by itself: what no backend of the stack does, and what no client
// of the tests sends.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { read, respond, send } from '../../shared/runtime/src/crossings.js';

const MOST = 1000;
const PATIENCE_MS = 10_000;
const IMPATIENCE_MS = 50;
const URL_OF_A_POST = 'http://edge.test/functions/v1/queue-job';
const NAMES = 'authorization x-request-id';

let server;
let base;
const seen = [];
before(async () => {
  server = http.createServer((request, response) => {
    seen.push({ path: request.url, headers: request.headers });
    answers[request.url](response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const answers = {
  '/two-headers': (response) => response.writeHead(201, { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] }).end('hello'),
  '/empty': (response) => response.writeHead(204).end(),
  '/elsewhere': (response) => response.writeHead(302, { location: '/empty' }).end('moved'),
  '/announced': (response) => response.writeHead(200, { 'content-length': MOST + 1 }).end('x'.repeat(MOST + 1)),
  '/unannounced': (response) => {
    response.write('x');
    response.end('x'.repeat(MOST - 1));
  },
  '/one-more': (response) => {
    response.write('x');
    response.end('x'.repeat(MOST));
  },
  '/endless': (response) => {
    response.on('error', () => {});
    const pour = () => {
      if (!response.destroyed) response.write('x'.repeat(64_000), () => setImmediate(pour));
    };
    pour();
  },
  '/never': () => {},
  '/half': (response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half', () => response.destroy());
  },
  '/stuck': (response) => response.writeHead(200).write('a beginning'),
};

const sent = (path, { method = 'GET', headers = '', body, milliseconds = PATIENCE_MS, wanted = 'bounded' } = {}) =>
  send(undefined, method, base + path, headers, body, milliseconds, MOST, wanted);
const text = (bytes) => new TextDecoder().decode(bytes);

/** A request whose body comes in pieces, so that nothing announces its length. */
function upload(pieces, { ending = (controller) => controller.close(), headers = {} } = {}) {
  let taken = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (taken < pieces.length) controller.enqueue(new TextEncoder().encode(pieces[taken++]));
      else ending(controller);
    },
  });
  const request = new Request(URL_OF_A_POST, { method: 'POST', body, duplex: 'half', headers });
  return { request, taken: () => taken };
}

test('of a request only the headers that are asked for cross, and its body whole', async () => {
  const headers = { 'x-request-id': 'r1', cookie: 'secret=1', 'content-length': '5' };
  const request = new Request(URL_OF_A_POST, { method: 'POST', headers, body: 'hello' });
  const { body, ...head } = await read(request, NAMES, MOST, MOST);
  assert.deepEqual(head, { method: 'POST', url: URL_OF_A_POST, headers: 'x-request-id\nr1' });
  assert.equal(text(body), 'hello');
});

test('a request without a body has an empty one', async () => {
  for (const request of [new Request(URL_OF_A_POST), new Request(URL_OF_A_POST, { method: 'POST' })]) {
    const { body, headers } = await read(request, NAMES, MOST, MOST);
    assert.equal(body.length, 0);
    assert.equal(headers, '');
  }
});

test('a body without a length is read in its pieces, up to the last byte that is allowed', async () => {
  const { body } = await read(upload(['a'.repeat(MOST - 1), 'b']).request, NAMES, MOST, MOST);
  assert.equal(text(body), `${'a'.repeat(MOST - 1)}b`);
  const none = await read(upload(['a'.repeat(MOST), 'b']).request, NAMES, MOST, 2 * MOST);
  assert.equal(none.body, undefined);
  assert.equal(none.failure, undefined);
});

test('a body that is too long is read no further than it is drained', async () => {
  const { request, taken } = upload(Array(50).fill('x'.repeat(MOST)));
  assert.equal((await read(request, NAMES, MOST, 3 * MOST)).body, undefined);
  // One more may wait in the stream.
  assert.ok(taken() <= 5, `${taken()} pieces`);
});

test('a length that is a lie, or no number, allows nothing more', async () => {
  for (const length of [String(MOST + 1), 'many']) {
    const { request } = upload(['x'.repeat(MOST), 'x'], { headers: { 'content-length': length } });
    assert.equal((await read(request, NAMES, MOST, 2 * MOST)).body, undefined, length);
  }
});

test('an upload that breaks off is a failure', async () => {
  const { request } = upload(['half'], { ending: (controller) => controller.error(new Error('connection lost')) });
  const { failure, body } = await read(request, NAMES, MOST, MOST);
  assert.match(failure, /connection lost/);
  assert.equal(body, undefined);
});

test('a reply has its headers, two of one name too', async () => {
  const answer = respond(202, 'content-type\ntext/plain\nset-cookie\na=1\nset-cookie\nb=2', 'queued');
  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get('content-type'), 'text/plain');
  assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.equal(await answer.text(), 'queued');
  assert.equal(respond(204, '', undefined).status, 204);
});

test('an answer crosses with its headers and its body', async () => {
  for (const wanted of ['whole', 'bounded']) {
    const headers = 'x-mine\nyes\nx-other\n';
    const { status, headers: theirs, body } = await sent('/two-headers', { headers, wanted });
    assert.equal(status, 201);
    assert.equal(text(body), 'hello');
    const lines = theirs.split('\n');
    assert.equal(lines[lines.indexOf('x-one') + 1], '1');
    assert.equal(lines.filter((line) => line === 'set-cookie').length, 2);
    assert.equal(seen.at(-1).headers['x-mine'], 'yes');
    assert.equal(seen.at(-1).headers['x-other'], '');
  }
  assert.equal((await sent('/empty')).body.length, 0);
  assert.equal((await sent('/two-headers', { wanted: 'none' })).body.length, 0);
  assert.equal(await new Response((await sent('/two-headers', { wanted: 'stream' })).stream).text(), 'hello');
  assert.equal((await sent('/empty', { wanted: 'stream' })).stream, undefined);
});

test('nothing is followed to where an answer points', async () => {
  const asked = seen.length;
  assert.equal((await sent('/elsewhere')).status, 302);
  assert.equal(seen.length, asked + 1);
});

test('an answer that is too long does not cross', async () => {
  for (const path of ['/announced', '/endless'])
    assert.deepEqual(await sent(path), { status: 0, failure: 'too long' }, path);
  for (const path of ['/announced', '/one-more'])
    assert.deepEqual(await sent(path, { wanted: 'whole' }), { status: 0, failure: 'too long' }, path);
  for (const wanted of ['whole', 'bounded'])
    assert.equal((await sent('/unannounced', { wanted })).body.length, MOST, wanted);
});

test('the answer to HEAD is not as long as it says', async () => {
  const { status, body } = await sent('/announced', { method: 'HEAD' });
  assert.equal(status, 200);
  assert.equal(body.length, 0);
});

test('who does not answer, or not to the end, is told from who cannot be reached', async () => {
  for (const path of ['/never', '/stuck'])
    assert.deepEqual(await sent(path, { milliseconds: IMPATIENCE_MS }), { status: 0, failure: 'timeout' }, path);
  assert.deepEqual(await sent('/half'), { status: 0, failure: 'unreachable' });
  const nobody = await send(undefined, 'GET', 'http://127.0.0.1:1/', '', undefined, PATIENCE_MS, MOST, 'whole');
  assert.deepEqual(nobody, { status: 0, failure: 'unreachable' });
});

test('a service answers, breaks, or is waited for no longer than anybody', async () => {
  const asked = [];
  const service = (answer) => ({
    fetch: (url, { method, body }) => {
      asked.push([url, method, body]);
      return answer();
    },
  });
  const ask = (answer, milliseconds = PATIENCE_MS) =>
    send(service(answer), 'POST', URL_OF_A_POST, '', 'an order', milliseconds, MOST, 'whole');
  assert.equal(text((await ask(async () => new Response('done'))).body), 'done');
  assert.deepEqual(asked, [[URL_OF_A_POST, 'POST', 'an order']]);
  assert.deepEqual(await ask(() => Promise.reject(new Error('it threw'))), { status: 0, failure: 'unreachable' });
  assert.deepEqual(await ask(() => new Promise(() => {}), IMPATIENCE_MS), { status: 0, failure: 'timeout' });
  const stuck = new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
  assert.deepEqual(await ask(async () => stuck, IMPATIENCE_MS), { status: 0, failure: 'timeout' });
});
