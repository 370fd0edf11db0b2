// A machine that somebody rents knows its name and its own key, and nothing else: that is enough to serve, until an
// operator makes the key worthless.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LOCAL_WORKER, WORKER_BINARY } from '../../tools/stack/serving/services.mjs';
import { call, signIn } from './client.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const NAME = `rented-${process.pid}`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-rented-'));
const headers = { 'x-admin-secret': process.env.ADMIN_SECRET };
const admin = (action, body) => call('POST', `/api/admin/${action}`, { body, headers });

// What is ordered here is for the rented machine.
before(() => admin('pause', { worker_id: LOCAL_WORKER }));
after(async () => {
  await admin('resume', { worker_id: LOCAL_WORKER });
  fs.rmSync(folder, { recursive: true, force: true });
});

/** All that the machine is told. */
function enrol(name) {
  const keys = spawnSync(process.execPath, ['tools/stack/commands/keys.mjs', '--worker', name], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(keys.status, 0, keys.stderr);
  return {
    PATH: process.env.PATH,
    OURVIDZ_EDGE_URL: process.env.PUBLIC_BASE_URL,
    OURVIDZ_ENGINE: 'preview',
    WORKER_SPOOL: path.join(folder, name),
    ...Object.fromEntries(
      keys.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/=(.*)/s, 2)),
    ),
  };
}

const doctor = (env) => spawnSync(WORKER_BINARY, ['doctor'], { env, encoding: 'utf8' });

test('a worker with its name and its own key makes a picture, and is refused once it is revoked', async () => {
  const env = enrol(NAME);
  assert.equal(JSON.stringify(env).includes(process.env.WORKER_CALLBACK_SECRET), false);
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast');
  const worker = spawn(WORKER_BINARY, ['run'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(worker, 'exit');
  try {
    const job = await user.ended(body.job.id);
    assert.equal(job.status, 'completed', JSON.stringify(job));
    assert.equal((await fetch(job.assets[0].url)).status, 200);
  } finally {
    worker.kill('SIGTERM');
    await ended;
  }
  assert.match(doctor(env).stdout, new RegExp(`ok +key +counts for .${NAME}.`));
  assert.match(doctor({ ...env, WORKER_ID: 'another' }).stdout, /FIX +key +WORKER_KEY does not count for/);

  assert.equal((await admin('revoke', { worker_id: NAME, reason: 'returned' })).status, 200);
  const after = doctor(env);
  assert.equal(after.status, 1);
  assert.match(after.stdout, /FIX +key .*was revoked/);
  assert.match(doctor(enrol(`${NAME}.2`)).stdout, /ok +key/);
});
