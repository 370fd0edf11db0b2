// Models of toy size through the whole service: queue, claim, progress, upload, settlement. The worker is the one
// that operators build, with the networks, weights' layout and language model of the real ones, a thousandth the
// size. Needs a worker built with `--features candle`.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { workerKey } from '../../tools/stack/settings/keys.mjs';
import { launch } from '../journeys/browser.mjs';
import { signIn, until } from '../journeys/client.mjs';
import { freePorts } from '../stack/support.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const WORKER = process.env.WORKER_BINARY || path.join(ROOT, 'target', 'debug', 'ourvidz-worker');
const FIXTURES = path.join(ROOT, 'tests', 'fixtures', 'parity');
const CHAT_KEY = 'a-key-that-only-this-test-knows';
// What the toy language model was trained to make of this prompt.
const PROMPT = 'a red fox in snow';
const BETTER = /^a red fox in snow, soft winter light, low angle, /;
const SECOND_BYTES = 12;

let worker;
let user;
let chat;
const spool = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-models-'));

before(async () => {
  user = await signIn();
  const { web: port } = await freePorts();
  chat = `http://127.0.0.1:${port}`;
  const { PUBLIC_BASE_URL, REDIS_URL, WORKER_CALLBACK_SECRET, PATH } = process.env;
  worker = spawn(WORKER, ['run'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH,
      OURVIDZ_EDGE_URL: PUBLIC_BASE_URL,
      REDIS_URL,
      WORKER_ID: 'toy-models',
      WORKER_KEY: workerKey(WORKER_CALLBACK_SECRET, 'toy-models'),
      WORKER_SPOOL: spool,
      OURVIDZ_ENGINE: 'candle',
      WORKER_CLASSIFIER: 'none',
      WORKER_DEVICE: 'cpu',
      WORKER_SDXL_WEIGHTS: path.join(FIXTURES, 'sdxl', 'model'),
      WORKER_WAN_WEIGHTS: path.join(FIXTURES, 'wan', 'tiny'),
      WORKER_QWEN_WEIGHTS: path.join(FIXTURES, 'qwen', 'model'),
      // A full-size order takes a processor hours even with toy models: attention grows with the square.
      WORKER_LARGEST_SIDE: '112',
      WORKER_MOST_STEPS: '3',
      WORKER_MOST_FRAMES: '17',
      WORKER_CHAT: `127.0.0.1:${port}`,
      WORKER_CHAT_KEY: CHAT_KEY,
    },
  });
  worker.log = '';
  worker.stderr.on('data', (piece) => (worker.log += piece));
});

after(async () => {
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
  fs.rmSync(spool, { recursive: true, force: true });
});

/** Orders, waits, and resolves to the completed job. */
async function make(jobType, metadata = {}) {
  const { status, body } = await user.submit(jobType, { prompt: PROMPT, seed: 7, ...metadata });
  assert.equal(status, 200, JSON.stringify(body));
  const job = await user.ended(body.job.id);
  assert.equal(job.status, 'completed', `${JSON.stringify(job)}\n${worker.log}`);
  const { engine, preview } = job.metadata.worker;
  assert.deepEqual([engine, preview], ['candle', false]);
  return job;
}

async function bytes(url) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

/** What a PNG's head says. */
const size = (png) => [png.readUInt32BE(16), png.readUInt32BE(20)];

test('SDXL makes a batch, each picture from its own seed', async () => {
  const job = await make('sdxl_image_fast', { num_images: 3 });
  assert.equal(job.assets.length, 3);
  const pictures = await Promise.all(job.assets.map((asset) => bytes(asset.url)));
  for (const picture of pictures) assert.deepEqual(size(picture), [112, 112]);
  assert.equal(new Set(pictures.map((picture) => picture.toString('base64'))).size, 3);
  assert.equal(job.metadata.enhanced_prompt, undefined);
});

test('WAN makes a clip that plays', async () => {
  const job = await make('video_fast');
  const { frames, width, height } = job.metadata.worker;
  assert.deepEqual([frames, width, height], [17, 64, 112]);
  await plays(job.assets[0].url, [64, 112]);
});

test('the language model writes the prompt of a 7B type before WAN makes its clip', async () => {
  const job = await make('video7b_high_enhanced');
  assert.match(job.metadata.enhanced_prompt, BETTER);
  assert.equal(job.metadata.worker.enhancement, 'qwen');
  const clip = await bytes(job.assets[0].url);
  assert.equal(clip.toString('latin1', 4, SECOND_BYTES), 'ftypisom');
  await plays(job.assets[0].url, [64, 112]);
});

test('the same language model talks to others between jobs', async () => {
  const body = JSON.stringify({ messages: [{ role: 'user', content: PROMPT }], temperature: 0 });
  const answer = await until('the language model to have time', async () => {
    const answer = await fetch(`${chat}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CHAT_KEY}` },
      body,
    });
    return answer.status === 503 ? null : answer;
  });
  assert.equal(answer.status, 200);
  const { choices } = await answer.json();
  assert.match(choices[0].message.content, BETTER);
});

test('no prompt and no key is in the log', () => {
  assert.match(worker.log, /"event":"job_ended"/);
  for (const secret of [PROMPT, 'winter light', CHAT_KEY]) assert.ok(!worker.log.includes(secret));
});

async function plays(url, expected) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.setContent('<video muted autoplay></video>');
    const video = page.locator('video');
    await video.evaluate((player, source) => (player.src = source), url);
    await page.waitForFunction((player) => player.ended, await video.elementHandle());
    assert.deepEqual(await video.evaluate((player) => [player.videoWidth, player.videoHeight]), expected);
  } finally {
    await browser.close();
  }
}
