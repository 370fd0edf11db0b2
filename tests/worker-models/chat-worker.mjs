// What enhance-prompt answers with the model of chat-worker.test.mjs, which starts this in a stack.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { signIn } from '../journeys/client.mjs';

// What the model was trained to make of this prompt. It speaks with a little freedom, so only the beginning is certain.
const PROMPT = 'a red fox in snow';
const BETTER = /^a red fox in snow, /;

let user;
beforeEach(async () => {
  user = await signIn();
});

const order = (fields) => ({ prompt: PROMPT, jobType: 'sdxl_image_fast', userId: user.id, ...fields });
const enhance = (fields) => user.request('POST', '/functions/v1/enhance-prompt', { body: order(fields) });

test('a whole answer comes from the model', async () => {
  const { status, body } = await enhance({ seed: 1 });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.analytics.enhancementMethod, 'chat_worker');
  assert.equal(body.analytics.fallbackUsed, false);
  assert.match(body.enhancedPrompt, BETTER);
  assert.ok(body.tokenCount.compressed <= 75, JSON.stringify(body.tokenCount));
});

test('a stream brings the model’s words one after the other', async () => {
  const { status, body: text } = await enhance({ seed: 2, stream: true });
  assert.equal(status, 200);
  const events = text
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame);
      return { name, data: JSON.parse(data) };
    });
  const { name, data: result } = events.at(-1);
  assert.equal(name, 'result');
  assert.equal(result.analytics.enhancementMethod, 'chat_worker');
  const tokens = events.slice(0, -1);
  assert.ok(tokens.length > 1, `${tokens.length} pieces`);
  assert.match(tokens.map(({ data }) => data.text).join(''), BETTER);
});

test('a prompt that the model was not taught gets an answer all the same', async () => {
  const { status, body } = await enhance({ prompt: 'the harbour of an old town, seen from the hill' });
  assert.equal(status, 200);
  assert.ok(body.enhancedPrompt.length > 0);
  assert.equal(body.analytics.fallbackUsed, body.analytics.enhancementMethod !== 'chat_worker');
});

test('an order takes the model’s words', async () => {
  const { status, body } = await user.submit('sdxl_image_fast', { prompt: PROMPT }, { enhance: true });
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(body.job.metadata.prompt, BETTER);
  assert.ok(body.job.metadata.prompt.length > PROMPT.length);
});
