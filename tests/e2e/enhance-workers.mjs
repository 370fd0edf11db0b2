// What enhance-prompt answers with the servers of enhance-workers.test.mjs, which starts this in a stack.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { call, signIn } from './client.mjs';

const FAILURES_TO_OPEN = 3;
const LONGEST_MS = 10_500;

let user;
beforeEach(async () => {
  user = await signIn();
  await redis('DEL', 'ourvidz:enhance:breaker:chat', 'ourvidz:enhance:breaker:wan');
});

async function redis(...command) {
  const answer = await fetch(process.env.UPSTASH_REDIS_REST_URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(command),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).result;
}

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

for (const word of ['unavailable', 'truncated', 'huge', 'malformed', 'markup', 'empty', 'declined', 'injected', 'foreign', 'redirect', 'slow']) {
  test(`a chat server that is ${word} costs quality and no request`, async () => {
    const started = Date.now();
    const body = await enhance(`a red fox, ${word}`);
    assert.deepEqual(how(body), ['rule_based', true]);
    assert.ok(body.enhancedPrompt.startsWith(`a red fox, ${word}, `), body.enhancedPrompt);
    assert.ok(Date.now() - started < LONGEST_MS, `${Date.now() - started} ms`);
  });
}

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
