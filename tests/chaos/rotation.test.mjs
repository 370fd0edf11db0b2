// Secrets are changed while workers have jobs: as long as the previous ones count, nothing is lost, and then they
// are worth nothing.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startBackend } from '../../tools/stack/backends/backend.mjs';
import { signEs256 } from '../../tools/stack/backends/gateway/jwt.mjs';
import { FUNCTIONS, startFunctions } from '../../tools/stack/serving/services.mjs';
import { createEdgeSecrets } from '../../tools/stack/settings/keys.mjs';
import { freePorts, removeFolder, temporaryFolder } from '../stack/support.mjs';

const LIMIT = Object.freeze({ timeout: 240_000 });
const PREVIOUS = ['WORKER_CALLBACK_SECRET_PREVIOUS', 'CALLBACK_TOKEN_SECRET_PREVIOUS'];

let stack, root, client;

before(async () => {
  root = temporaryFolder();
  const ports = await freePorts();
  stack = await startBackend({
    environment: { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: path.join(root, 'stack') },
  });
  Object.assign(process.env, stack.env);
  await startFunctions(stack);
  // It reads the stack's variables when it is loaded.
  client = await import('../journeys/client.mjs');
}, LIMIT);
after(async () => {
  for (const name of PREVIOUS) delete process.env[name];
  await stack?.stop();
  if (root) removeFolder(root);
});

/** Deploys with other secrets, and with those of before beside them, or without. */
async function deploy(keys, previous) {
  for (const name of PREVIOUS) delete process.env[name];
  Object.assign(process.env, previous);
  fs.writeFileSync(stack.layout.keysFile, JSON.stringify(keys));
  await stack.processes.stop(FUNCTIONS);
  await startFunctions(stack);
}

/** A job's hint, with the token that workers without a signature use. It goes out behind the answer to its order. */
function hintOf(job) {
  return client.until('the hint of an order', async () => {
    const answer = await fetch(stack.env.UPSTASH_REDIS_REST_URL, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.env.UPSTASH_REDIS_REST_TOKEN}` },
      body: JSON.stringify(['LRANGE', 'wan_queue', '0', '-1']),
    });
    const hints = (await answer.json()).result.map((hint) => JSON.parse(hint));
    return hints.find(({ id }) => id === job);
  });
}

test('a worker and a hint of before go on while both secrets count, and no longer', LIMIT, async () => {
  const { TestWorker, call, signIn } = client;
  const user = await signIn();
  const order = async () => (await user.submit('image_fast')).body.job.id;
  const begin = (hint) =>
    call('POST', '/functions/v1/job-callback', {
      body: { job_id: hint.id, status: 'processing' },
      headers: { authorization: `Bearer ${hint.callback.token}` },
    });
  const [before, taken] = [JSON.parse(fs.readFileSync(stack.layout.keysFile, 'utf8')), await order()];
  const hints = [await hintOf(await order()), await hintOf(await order())];
  const old = new TestWorker('old', before.workerCallbackSecret);
  const { body: claim } = await old.claim('wan_queue', { job_id: taken });
  const sign = (worker) => worker.report(claim, { status: 'processing', worker_id: 'old' });

  const next = { ...before, ...createEdgeSecrets(), adminSecret: before.adminSecret };
  const fresh = new TestWorker('new', next.workerCallbackSecret);
  assert.equal((await sign(fresh)).status, 401, 'nobody knows the next secret yet');
  await deploy(next, {
    WORKER_CALLBACK_SECRET_PREVIOUS: before.workerCallbackSecret,
    CALLBACK_TOKEN_SECRET_PREVIOUS: before.callbackTokenSecret,
  });
  assert.equal((await sign(old)).status, 200);
  assert.equal((await sign(fresh)).status, 200);
  assert.equal((await begin(hints[0])).status, 200);
  const later = await hintOf(await order());

  await deploy(next, {});
  assert.equal((await sign(old)).status, 401);
  assert.equal((await sign(fresh)).status, 200);
  assert.equal((await begin(hints[1])).status, 401);
  assert.equal((await begin(later)).status, 200, 'hints of after the change carry the new one');
});

test('tokens of two signing keys come in turns, each checked with its own', LIMIT, async () => {
  const { call, signIn } = client;
  const { signingKey, standbyKey } = stack.keys;
  const { token } = await signIn();
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  const enter = async (key) => {
    const headers = { authorization: `Bearer ${signEs256(claims, key)}` };
    return (await call('GET', '/api/jobs', { headers })).status;
  };
  const kinds = [
    [signingKey, 200],
    [standbyKey, 200],
    [{ ...signingKey, kid: standbyKey.kid }, 401],
    [{ ...standbyKey, kid: signingKey.kid }, 401],
  ];
  const turns = Array.from({ length: 10 }, () => kinds).flat();
  for (const [key, status] of turns) assert.equal(await enter(key), status, key.kid);
  const atOnce = await Promise.all(turns.map(([key]) => enter(key)));
  assert.deepEqual(
    atOnce,
    turns.map(([, status]) => status),
  );
});
