// enhance-prompt with a real language model: the worker's own chat endpoint, the model of toy size that was
// trained to rewrite a few prompts. Starts the endpoint, and a stack that is told of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { until } from '../journeys/client.mjs';
import { runInStack } from '../journeys/nested-stack.mjs';
import { freePorts } from '../stack/support.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const WORKER = process.env.WORKER_BINARY || path.join(ROOT, 'target', 'debug', 'ourvidz-worker');
const WEIGHTS = path.join(ROOT, 'tests', 'fixtures', 'parity', 'qwen', 'model');
const KEY = 'a-key-between-two-servers';

test('prompts are rewritten by a model behind the worker’s chat endpoint', async () => {
  const { web: port } = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const { PATH } = process.env;
  const chat = spawn(WORKER, ['serve-chat', '--weights', WEIGHTS, '--port', String(port)], {
    env: { PATH, WORKER_CHAT_KEY: KEY, WORKER_DEVICE: 'cpu' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    await until('the chat endpoint to listen', async () => {
      assert.equal(chat.exitCode, null, 'it has ended');
      return fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } }).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    const settings = { CHAT_WORKER_URL: url, CHAT_WORKER_KEY: KEY };
    assert.equal(await runInStack(settings, 'tests/worker-models/chat-worker.mjs'), 0);
  } finally {
    const ended = once(chat, 'exit');
    chat.kill('SIGKILL');
    await ended;
  }
});
