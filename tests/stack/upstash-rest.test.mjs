// Our endpoint in front of a real Redis, asked as Upstash's documentation says.

import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { startRedis } from '../../tools/stack/backends/redis/server.mjs';
import { startUpstashRest } from '../../tools/stack/backends/upstash/server.mjs';
import { Processes } from '../../tools/stack/processes/processes.mjs';
import { freePorts, removeFolder, temporaryLayout } from './support.mjs';

const TOKEN = 'full-token';
const READ_ONLY_TOKEN = 'reader-token';

const layout = temporaryLayout();
let base;
let processes;
let endpoint;
let startRedisAgain;

before(async () => {
  const ports = await freePorts();
  processes = new Processes(layout);
  startRedisAgain = () => startRedis({ layout, ports, processes });
  await startRedisAgain();
  endpoint = await startUpstashRest({
    port: ports.upstash,
    redisUrl: `redis://127.0.0.1:${ports.redis}`,
    token: TOKEN,
    readOnlyToken: READ_ONLY_TOKEN,
  });
  base = `http://127.0.0.1:${endpoint.port}`;
});

after(async () => {
  await endpoint?.close();
  await processes?.stopAllExcept();
  removeFolder(path.dirname(layout.root));
});

beforeEach(() => command('FLUSHALL'));

async function ask(path, { token = TOKEN, body, method = body === undefined ? 'GET' : 'POST', headers = {} } = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, answer: text === '' ? null : JSON.parse(text) };
}

async function command(...words) {
  const { status, answer } = await ask('/', { body: words });
  assert.equal(status, 200, JSON.stringify(answer));
  return answer.result;
}

test('a command in the body', async () => {
  assert.equal(await command('SET', 'key', 'value'), 'OK');
  assert.equal(await command('GET', 'key'), 'value');
  assert.equal(await command('GET', 'nothing'), null);
  assert.equal(await command('LPUSH', 'list', 'a', 'b'), 2);
  assert.deepEqual(await command('LRANGE', 'list', 0, -1), ['b', 'a']);
  await command('SET', 'object', { nested: [1] });
  assert.equal(await command('GET', 'object'), '{"nested":[1]}');
});

test('replies keep their form: nested arrays, integers, no objects', async () => {
  assert.deepEqual(await command('EVAL', 'return {1, {"a", 2}}', 0), [1, ['a', 2]]);
  await command('HSET', 'hash', 'field', 'value');
  assert.deepEqual(await command('hgetall', 'hash'), ['field', 'value']);
});

test('a command in the path, with the body as last argument and the query behind it', async () => {
  assert.deepEqual(await ask('/set/key/a%2Fb'), { status: 200, answer: { result: 'OK' } });
  assert.equal(await command('GET', 'key'), 'a/b');
  await ask('/set/key?EX=100', { body: 'from the body' });
  assert.equal(await command('GET', 'key'), 'from the body');
  assert.ok((await command('TTL', 'key')) > 90);
  await ask('/set/key', { method: 'PUT', body: new Uint8Array([0xff, 0x00]) });
  assert.equal(await command('STRLEN', 'key'), 2);
  assert.deepEqual(await ask('/set/key/%E0%A4%A'), { status: 400, answer: { error: 'ERR failed to parse the path' } });
});

test('what Redis refuses is 400 with its words', async () => {
  await command('SET', 'text', 'x');
  const { status, answer } = await ask('/', { body: ['INCR', 'text'] });
  assert.equal(status, 400);
  assert.match(answer.error, /^ERR value is not an integer/);
});

test('a pipeline answers each command by itself', async () => {
  const { status, answer } = await ask('/pipeline', {
    body: [['SET', 'a', '1'], ['INCR', 'a'], ['NOSUCH'], ['BLPOP', 'a', '0'], ['GET', 'a']],
  });
  assert.equal(status, 200);
  assert.deepEqual([answer[0], answer[1], answer[4]], [{ result: 'OK' }, { result: 2 }, { result: '2' }]);
  assert.match(answer[2].error, /^ERR unknown command/);
  assert.match(answer[3].error, /not available: 'BLPOP'/);
  assert.equal((await ask('/pipeline', { body: [] })).status, 400);
  assert.equal((await ask('/pipeline', { body: '[["GET"' })).status, 400);
});

test('a transaction is all or nothing', async () => {
  const good = await ask('/multi-exec', {
    body: [
      ['SET', 'a', '1'],
      ['INCR', 'a'],
    ],
  });
  assert.deepEqual(good, { status: 200, answer: [{ result: 'OK' }, { result: 2 }] });
  const bad = await ask('/multi-exec', { body: [['SET', 'a', '9'], ['NOSUCH']] });
  assert.equal(bad.status, 400);
  assert.match(bad.answer.error, /unknown command/);
  assert.equal(await command('GET', 'a'), '2');
});

test('base64 replies survive every byte, and OK stays OK', async () => {
  const headers = { 'upstash-encoding': 'base64' };
  assert.deepEqual((await ask('/set/key', { body: new Uint8Array([0xff]), headers })).answer, { result: 'OK' });
  assert.deepEqual((await ask('/get/key', { headers })).answer, { result: '/w==' });
  assert.deepEqual((await ask('/', { body: ['PING'], headers })).answer, {
    result: Buffer.from('PONG').toString('base64'),
  });
  assert.deepEqual((await ask('/get/none', { headers })).answer, { result: null });
});

test('RESP2 replies are Redis bytes', async () => {
  const response = await fetch(`${base}/echo/hello`, {
    headers: { authorization: `Bearer ${TOKEN}`, 'upstash-response-format': 'resp2' },
  });
  assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  assert.equal(await response.text(), '$5\r\nhello\r\n');
});

test('every path needs the token', async () => {
  for (const path of ['/', '/get/a', '/pipeline', '/multi-exec', '/subscribe/a']) {
    assert.equal((await ask(path, { token: null, body: [] })).status, 401, path);
    const wrong = await ask(path, { token: 'wrong', body: [] });
    assert.equal(wrong.status, 401, path);
    assert.match(wrong.answer.error, /^WRONGPASS/);
  }
  assert.equal((await ask(`/ping?_token=${TOKEN}`, { token: null })).status, 200);
});

test('the read-only token reads and does nothing else', async () => {
  await command('SET', 'a', '1');
  assert.deepEqual((await ask('/get/a', { token: READ_ONLY_TOKEN })).answer, { result: '1' });
  for (const path of ['/set/a/2', '/eval/return%201/0', '/flushall', '/monitor']) {
    const { status, answer } = await ask(path, { token: READ_ONLY_TOKEN });
    assert.equal(status, 400, path);
    assert.match(answer.error, /NOPERM|not available/, path);
  }
  assert.equal((await ask('/multi-exec', { token: READ_ONLY_TOKEN, body: [['DEL', 'a']] })).status, 400);
  assert.equal(await command('GET', 'a'), '1');
});

test('commands that block or change the connection do not exist', async () => {
  for (const words of [
    ['BLMOVE', 'a', 'b', 'LEFT', 'RIGHT', 0],
    ['SELECT', 1],
    ['XREAD', 'BLOCK', 0, 'STREAMS', 's', '$'],
    ['multi'],
  ]) {
    const { status, answer } = await ask('/', { body: words });
    assert.equal(status, 400, words[0]);
    assert.match(answer.error, /^ERR Command is not available/);
  }
});

test('bodies that are no command, too large a body, and other methods are refused', async () => {
  for (const body of ['', '{}', '[]', '[1]', '[[]]', 'null', '{"a"']) {
    assert.deepEqual(await ask('/', { body }), { status: 400, answer: { error: 'ERR failed to parse command' } }, body);
  }
  const large = await ask('/', { body: JSON.stringify(['SET', 'a', 'x'.repeat(11 * 1024 * 1024)]) });
  assert.equal(large.status, 400);
  assert.match(large.answer.error, /max request size exceeded/);
  assert.equal((await ask('/get/a', { method: 'DELETE' })).status, 405);
});

test('subscribing is a stream of events', async () => {
  const abort = new AbortController();
  const response = await fetch(`${base}/subscribe/news`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    signal: abort.signal,
  });
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, 'data: subscribe,news,1\n\n');
  assert.equal(await command('PUBLISH', 'news', 'hello'), 1);
  assert.equal((await reader.read()).value, 'data: message,news,hello\n\n');
  abort.abort();
});

test('many requests at once each get their own answer', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => command('ECHO', `text ${index}`)));
  assert.deepEqual(
    answers,
    Array.from({ length: 200 }, (_, index) => `text ${index}`),
  );
});

test('without Redis it is 503, and it finds Redis again; the data survived', async () => {
  await command('LPUSH', 'list', 'kept');
  await processes.stop('redis');
  const { status, answer } = await ask('/get/a');
  assert.equal(status, 503);
  assert.match(answer.error, /connection to Redis was lost/);
  await startRedisAgain();
  assert.deepEqual(await command('LRANGE', 'list', 0, -1), ['kept']);
});
