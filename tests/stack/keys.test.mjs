// `npm run keys`, and the tokens that it makes before a real PostgREST.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { startBackend } from '../../tools/stack/backends/backend.mjs';
import { createKeys, workerKey } from '../../tools/stack/settings/keys.mjs';
import { REPOSITORY_ROOT } from '../../tools/stack/settings/layout.mjs';
import { freePorts, removeFolder, temporaryFolder } from './support.mjs';

const VECTORS = new URL('../fixtures/signatures/vectors.json', import.meta.url);
const DAY_SECONDS = 86_400;

const folder = temporaryFolder();
const file = path.join(folder, 'signing_keys.json');
let stack;

before(async () => {
  const ports = await freePorts();
  const environment = { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: path.join(folder, 'stack') };
  stack = await startBackend({ environment });
});

after(async () => {
  await stack?.stop();
  removeFolder(folder);
});

/** Runs the command: `{ status, stdout, stderr, token }`. */
function keysOf(secret, ...flags) {
  const result = spawnSync(process.execPath, ['tools/stack/commands/keys.mjs', ...flags], {
    cwd: REPOSITORY_ROOT,
    env: { ...process.env, SUPABASE_JWT_SECRET: secret },
    encoding: 'utf8',
  });
  return { ...result, token: /^EDGE_DB_JWT=(.*)$/m.exec(result.stdout)?.[1] };
}

function signedBy(content, ...flags) {
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return keysOf('', '--signing-key', file, ...flags);
}

/** The status with which the database answers the edge with that token. */
async function asTheEdge(token) {
  const { status } = await fetch(`${stack.env.SUPABASE_URL}/rest/v1/rpc/edge_health`, {
    method: 'POST',
    headers: {
      apikey: stack.env.SUPABASE_ANON_KEY,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    body: '{}',
  });
  return status;
}

const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

function daysOf(token) {
  const { iat, exp } = claimsOf(token);
  return (exp - iat) / DAY_SECONDS;
}

test('what is printed is new each time, and nothing that was given', () => {
  const { stdout: first } = keysOf('');
  const { stdout: second } = keysOf('');
  assert.deepEqual(first.match(/^[A-Z_]+(?==)/gm), second.match(/^[A-Z_]+(?==)/gm));
  for (const line of first.trimEnd().split('\n')) assert.equal(second.includes(line), false, line.split('=')[0]);
  assert.doesNotMatch(keysOf(stack.keys.jwtSecret).stdout, /SUPABASE_JWT_SECRET/);
});

test('a token by the legacy secret is the edge, for as long as the secret', async () => {
  const { token } = keysOf(stack.keys.jwtSecret);
  assert.equal(claimsOf(token).role, 'ourvidz_edge');
  assert.equal(await asTheEdge(token), 200);
  assert.equal(daysOf(token), 3650);
  assert.equal(await asTheEdge(keysOf('another-secret-of-enough-characters').token), 401);
});

test('a token by an imported signing key is the edge, for 90 days or as said', async () => {
  // As `supabase gen signing-key` writes it, and as the file of several that its other commands read.
  const written = { ...stack.keys.signingKey, alg: 'ES256', use: 'sig', key_ops: ['sign', 'verify'], ext: true };
  for (const content of [written, [written, createKeys().signingKey]]) {
    const { status, stdout, stderr, token } = signedBy(content);
    assert.equal(status, 0, stderr);
    assert.equal(await asTheEdge(token), 200);
    assert.equal(daysOf(token), 90);
    assert.equal((stdout + stderr).includes(written.d), false);
  }
  assert.equal(daysOf(signedBy(written, '--days', '7').token), 7);
  for (const days of ['0', 'x', '3651']) assert.equal(signedBy(written, '--days', days).status, 1, days);
  assert.equal(await asTheEdge(signedBy(createKeys().signingKey).token), 401, 'of another project');
});

test('what is no ES256 key is refused without a token', () => {
  const { d, ...publicPart } = stack.keys.signingKey;
  for (const broken of ['{', '{}', '[]', publicPart, { kty: 'oct', k: 'a', kid: 'b' }]) {
    const { status, stdout, stderr } = signedBy(broken);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /signing key/);
  }
});

function workerKeys(secret, ...flags) {
  return spawnSync(process.execPath, ['tools/stack/commands/keys.mjs', '--worker', ...flags], {
    cwd: REPOSITORY_ROOT,
    env: { ...process.env, WORKER_CALLBACK_SECRET: secret },
    encoding: 'utf8',
  });
}

test("a worker's own key is the one that the edge makes of its name", () => {
  const { worker_secrets: vectors } = JSON.parse(fs.readFileSync(VECTORS, 'utf8'));
  for (const { shared, worker_id: name, secret } of vectors) assert.equal(workerKey(shared, name), secret);
  const [{ shared, worker_id: name, secret }] = vectors;
  const { status, stdout, stderr } = workerKeys(shared, name);
  assert.deepEqual([status, stdout], [0, `WORKER_ID=${name}\nWORKER_KEY=${secret}\n`]);
  assert.equal((stdout + stderr).includes(shared), false, 'nothing that was given');
  const both = `WORKER_ID=${name},b\nWORKER_KEY=${secret},${workerKey(shared, 'b')}\n`;
  assert.equal(workerKeys(shared, `${name},b`).stdout, both, 'of a machine with two devices');
  for (const broken of ['', 'a,', 'a b', 'x'.repeat(65), 'a/b'])
    assert.equal(workerKeys(shared, broken).status, 1, broken);
  for (const unset of ['', 'hunter2']) assert.match(workerKeys(unset, name).stderr, /--settings/);
  fs.writeFileSync(file, `WORKER_CALLBACK_SECRET=${shared}\n`);
  assert.match(workerKeys('', name, '--settings', file).stderr, /SUPABASE_URL is missing/);
});
