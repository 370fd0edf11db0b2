// What enhance-prompt answers with the servers of enhance-workers.test.mjs, which starts this in a stack.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createClient } from '../../build/client/node.js';
import { call, redis, signIn, until } from './client.mjs';

const FAILURES_TO_OPEN = 3;
const LONGEST_MS = 10_500;

let user;
beforeEach(async () => {
  user = await signIn();
  await redis('DEL', 'ourvidz:enhance:breaker:chat', 'ourvidz:enhance:breaker:wan');
});

async function enhance(prompt, fields = {}) {
  const { status, body } = await user.request('POST', '/functions/v1/enhance-prompt', {
    body: { prompt, jobType: 'sdxl_image_fast', userId: user.id, ...fields },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const how = ({ analytics }) => [analytics.enhancementMethod, analytics.fallbackUsed];

test('the chat server writes, and is asked once for the same', async () => {
  const first = await enhance('a good red fox');
  assert.deepEqual(how(first), ['chat_worker', false]);
  assert.equal(first.enhancedPrompt, 'a good red fox, rim light, low angle, sharp focus');
  let second = await enhance('a good red fox');
  for (let tries = 0; !second.analytics.cached && tries < 10; tries += 1) second = await enhance('a good red fox');
  assert.equal(second.analytics.cached, true);
  assert.equal(second.enhancedPrompt, first.enhancedPrompt);
});

for (const word of [
  'unavailable',
  'truncated',
  'huge',
  'malformed',
  'markup',
  'empty',
  'declined',
  'injected',
  'foreign',
  'redirect',
  'slow',
]) {
  test(`a chat server that is ${word} costs quality and no request`, async () => {
    const started = Date.now();
    const body = await enhance(`a red fox, ${word}`);
    assert.deepEqual(how(body), ['rule_based', true]);
    assert.ok(body.enhancedPrompt.startsWith(`a red fox, ${word}, `), body.enhancedPrompt);
    assert.ok(Date.now() - started < LONGEST_MS, `${Date.now() - started} ms`);
  });
}

/** The events of a streamed enhancement, each with the milliseconds after which it came. */
async function listen(prompt, fields = {}) {
  const started = Date.now();
  const answer = await fetch(`${process.env.PUBLIC_BASE_URL}/functions/v1/enhance-prompt`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt, jobType: 'sdxl_image_fast', userId: user.id, stream: true, ...fields }),
  });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
  const events = [];
  let text = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end));
      events.push({ name, data: JSON.parse(data), after: Date.now() - started });
      text = text.slice(end + 2);
    }
  }
  assert.equal(text, '');
  return events;
}

test('a stream brings the words while the model writes, and then the result', async () => {
  const events = await listen('a flowing red fox');
  assert.equal(events.at(-1).name, 'result');
  assert.deepEqual(how(events.at(-1).data), ['chat_worker', false]);
  const tokens = events.slice(0, -1);
  assert.ok(tokens.length >= 3, `${tokens.length} pieces`);
  assert.ok(tokens.every(({ name }) => name === 'token'));
  const words = tokens.map(({ data }) => data.text).join('');
  assert.ok(events.at(-1).data.enhancedPrompt.startsWith(words.trim()), words);
  assert.ok(tokens[0].after < events.at(-1).after, 'the first words came before the last');
});

test('words of a model that breaks off are taken back', async () => {
  const events = await listen('a breaking red fox');
  assert.deepEqual([...new Set(events.map(({ name }) => name))], ['token', 'reset', 'result']);
  assert.deepEqual(how(events.at(-1).data), ['rule_based', true]);
});

test('the client package reads along, and begins anew when another worker takes over', async () => {
  const client = createClient({ baseUrl: process.env.PUBLIC_BASE_URL, token: () => user.token });
  const heard = [];
  const flowing = await client.enhance(
    { prompt: 'a flowing fox for the client', jobType: 'sdxl_image_fast' },
    { onToken: (_, soFar) => heard.push(soFar) },
  );
  assert.ok(heard.length >= 3, `${heard.length} pieces`);
  assert.ok(
    heard.every((soFar, index) => index === 0 || soFar.startsWith(heard[index - 1])),
    heard.join('|'),
  );
  assert.ok(flowing.enhancedPrompt.startsWith(heard.at(-1).trim()));

  heard.length = 0;
  const breaking = await client.enhance(
    { prompt: 'a breaking fox for the client', jobType: 'sdxl_image_fast' },
    { onToken: (_, soFar) => heard.push(soFar) },
  );
  assert.equal(heard.at(-1), '', 'void words are taken back');
  assert.deepEqual(how(breaking), ['rule_based', true]);
});

test('a stream from a server that cannot stream is its answer at once', async () => {
  const events = await listen('a good streamed fox');
  assert.deepEqual(
    events.map(({ name }) => name),
    ['result'],
  );
  assert.deepEqual(how(events[0].data), ['chat_worker', false]);
});

test('a client that goes away in the middle finds the result when it comes back', async () => {
  const prompt = 'a flowing fox, left alone';
  const leaving = new AbortController();
  const answer = await fetch(`${process.env.PUBLIC_BASE_URL}/functions/v1/enhance-prompt`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt, jobType: 'sdxl_image_fast', userId: user.id, stream: true }),
    signal: leaving.signal,
  });
  await answer.body.getReader().read();
  leaving.abort();
  await until('the result in the cache', async () => (await enhance(prompt)).analytics.cached);
});

test('the WAN worker is the second choice', async () => {
  const body = await enhance('a second choice fox, unavailable', { jobType: 'video_fast' });
  assert.deepEqual(how(body), ['wan_worker', true]);
  assert.match(body.enhancedPrompt, /slow dolly, soft light$/);
});

test('a server that fails three times is left alone', async () => {
  for (let number = 0; number <= FAILURES_TO_OPEN; number += 1) await enhance(`a red fox, slow, number ${number}`);
  const started = Date.now();
  assert.deepEqual(how(await enhance('a good red fox, at last')), ['rule_based', true]);
  assert.ok(Date.now() - started < 1_000);
});

test('an order takes what the model wrote', async () => {
  const { body } = await user.submit('sdxl_image_fast', { prompt: 'a good red fox in grass' }, { enhance: true });
  assert.equal(body.job.metadata.prompt, 'a good red fox in grass, rim light, low angle, sharp focus');
  const { status } = await call('GET', '/api/health');
  assert.equal(status, 200);
});
