// Ports, folders, secrets, variables, migrations on disk: what needs no running service.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { requireEmail } from '../../tools/stack/backends/gateway/auth-api.mjs';
import { signEs256, signHs256, verifiedClaims } from '../../tools/stack/backends/gateway/jwt.mjs';
import { userIdOf } from '../../tools/stack/backends/gateway/users.mjs';
import { pendingMigrations, readMigrations } from '../../tools/stack/backends/postgres/migrations.mjs';
import { formatEnvironment, stackEnvironment } from '../../tools/stack/settings/environment.mjs';
import { createKeys, loadOrCreateKeys, publicJwk, readKeys } from '../../tools/stack/settings/keys.mjs';
import { layoutAt, layoutFromEnvironment, removeData } from '../../tools/stack/settings/layout.mjs';
import { assertPortsFree, portsFrom, portsFromEnvironment } from '../../tools/stack/settings/ports.mjs';
import { freePorts, removeFolder, temporaryFolder, temporaryLayout } from './support.mjs';

test('every port follows from PORT', () => {
  assert.equal(portsFromEnvironment({}).web, 8787);
  assert.deepEqual(portsFrom('9000'), {
    web: 9000,
    control: 9001,
    gateway: 9002,
    postgres: 9003,
    postgrest: 9004,
    postgrestAdmin: 9005,
    redis: 9006,
    upstash: 9007,
    workerMetrics: 9008,
  });
  for (const bad of ['x', '80', '65530', '1.5', '-1']) assert.throws(() => portsFrom(bad), /PORT is/, bad);
});

test('a taken port is named, with who wanted it and what to do', async (context) => {
  const ports = await freePorts();
  await assertPortsFree(ports);
  const stranger = net.createServer().listen(ports.redis, '127.0.0.1');
  context.after(() => stranger.close());
  await new Promise((resolve) => stranger.once('listening', resolve));
  await assert.rejects(assertPortsFree(ports), (error) => {
    assert.match(error.message, new RegExp(`port ${ports.redis} is taken; Redis wanted it`));
    assert.match(error.message, /PORT=\d+ OURVIDZ_DIR=\S+ npm start/);
    assert.doesNotMatch(error.message, new RegExp(`port ${ports.gateway} `));
    return true;
  });
});

test('the folder is OURVIDZ_DIR, relative to the repository', () => {
  assert.match(layoutFromEnvironment({}).root, /[\\/]\.ourvidz$/);
  assert.equal(layoutFromEnvironment({ OURVIDZ_DIR: '/somewhere/else' }).root, '/somewhere/else');
  assert.notEqual(layoutAt('/a').outsideFolder, layoutAt('/b').outsideFolder);
});

test('beginning anew empties a stack and nothing else', (context) => {
  const layout = temporaryLayout();
  context.after(() => removeFolder(path.dirname(layout.root)));
  loadOrCreateKeys(layout);
  fs.writeFileSync(path.join(layout.redisFolder, 'data'), '');
  fs.writeFileSync(layout.stackFile, '');
  removeData(layout);
  assert.deepEqual(fs.readdirSync(layout.root), ['run']);
  assert.ok(fs.existsSync(layout.stackFile), 'the lock stays');

  const home = temporaryFolder();
  context.after(() => removeFolder(home));
  fs.writeFileSync(path.join(home, 'letters.txt'), '');
  assert.throws(() => removeData(layoutAt(home)), /letters\.txt/);
  assert.ok(fs.existsSync(path.join(home, 'letters.txt')));
});

test('secrets are made once, kept for their owner only, and differ between stacks', (context) => {
  const layout = temporaryLayout();
  context.after(() => removeFolder(path.dirname(layout.root)));
  assert.equal(readKeys(layout), null);
  const keys = loadOrCreateKeys(layout);
  assert.equal(fs.statSync(layout.keysFile).mode & 0o777, 0o600);
  assert.deepEqual(loadOrCreateKeys(layout), keys);
  const others = createKeys();
  for (const name of [
    'jwtSecret',
    'adminSecret',
    'upstashToken',
    'workerCallbackSecret',
    'callbackTokenSecret',
    's3SecretAccessKey',
  ]) {
    assert.notEqual(keys[name], others[name], name);
  }
  assert.match(keys.workerCallbackSecret, /^whsec_/);
  assert.equal(Buffer.from(keys.workerCallbackSecret.slice('whsec_'.length), 'base64').length, 32);
  assert.match(keys.callbackTokenSecret, /^[0-9a-f]{64}$/);
  fs.writeFileSync(layout.keysFile, '{');
  assert.throws(() => readKeys(layout), /damaged/);
});

test('tokens are verified by their own algorithm only', () => {
  const { jwtSecret, signingKey } = createKeys();
  const keys = { jwtSecret, publicJwk: publicJwk(signingKey) };
  const now = 1_000;
  const claims = { sub: 'someone', exp: now + 1 };
  assert.deepEqual(verifiedClaims(signHs256(claims, jwtSecret), keys, now), claims);
  assert.deepEqual(verifiedClaims(signEs256(claims, signingKey), keys, now), claims);
  assert.equal(verifiedClaims(signHs256(claims, jwtSecret), keys, now + 1), null, 'expired');
  assert.equal(verifiedClaims(signHs256({ sub: 'someone' }, jwtSecret), keys, now), null, 'without an end');
  assert.equal(verifiedClaims(signHs256(claims, 'another secret'), keys, now), null);
  assert.equal(verifiedClaims(signEs256(claims, createKeys().signingKey), keys, now), null);
  assert.equal(
    verifiedClaims(signHs256(claims, JSON.stringify(keys.publicJwk)), keys, now),
    null,
    'public key as secret',
  );
  const [, payload] = signHs256(claims, jwtSecret).split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const token of ['', 'a.b', 'a.b.c', `${none}.${payload}.`])
    assert.equal(verifiedClaims(token, keys, now), null, token);
  assert.equal('d' in keys.publicJwk, false, 'the private part stays private');
});

test('the variables of a stack are one line each', () => {
  const environment = stackEnvironment(createKeys(), portsFrom(9000), {
    STARTING_CREDITS: '5',
    CHAT_WORKER_URL: 'http://127.0.0.1:1',
  });
  assert.equal(environment.SUPABASE_URL, 'http://127.0.0.1:9002');
  assert.equal(environment.S3_ENDPOINT, 'http://127.0.0.1:9000/cdn-cgi/local/r2/s3');
  assert.equal(environment.STARTING_CREDITS, '5', "the caller's setting wins");
  assert.equal(environment.CHAT_WORKER_URL, 'http://127.0.0.1:1');
  assert.equal('WAN_WORKER_URL' in environment, false);
  const lines = formatEnvironment(environment).trimEnd().split('\n');
  assert.equal(lines.length, Object.keys(environment).length);
  for (const line of lines) assert.match(line, /^[A-Z][A-Z0-9_]*=\S+$/);
});

test("a user's id follows from the address", () => {
  assert.equal(userIdOf('ada@example.com'), userIdOf(' Ada@Example.com '));
  assert.notEqual(userIdOf('ada@example.com'), userIdOf('bob@example.com'));
  assert.match(userIdOf('ada@example.com'), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('addresses are checked for their form', () => {
  for (const good of ['ada@example.com', 'a.b+c@x.test', 'ü@example.com', 'root@localhost'])
    assert.equal(requireEmail(good), good);
  for (const bad of [
    undefined,
    '',
    1,
    {},
    'ada',
    '@x',
    'a@',
    'a@b..c',
    'a b@c.d',
    'a@b@c',
    'a@b c',
    `${'a'.repeat(250)}@b.cd`,
  ]) {
    assert.throws(() => requireEmail(bad), { status: 400 }, String(bad));
  }
});

test('migration files are read in order and must be named well', (context) => {
  const folder = temporaryFolder();
  context.after(() => removeFolder(folder));
  assert.deepEqual(readMigrations(path.join(folder, 'absent')), []);
  fs.writeFileSync(path.join(folder, '20260102000000_second.sql'), 'select 2;\r\n');
  fs.writeFileSync(path.join(folder, '20260101000000_first.sql'), 'select 1;');
  fs.writeFileSync(path.join(folder, 'README.md'), '');
  assert.deepEqual(
    readMigrations(folder).map(({ version, name, sql }) => [version, name, sql]),
    [
      ['20260101000000', 'first', 'select 1;'],
      ['20260102000000', 'second', 'select 2;\n'],
    ],
  );
  fs.writeFileSync(path.join(folder, '20260102000000_twice.sql'), '');
  assert.throws(() => readMigrations(folder), /Two migrations have the version 20260102000000/);
  fs.rmSync(path.join(folder, '20260102000000_twice.sql'));
  fs.writeFileSync(path.join(folder, 'nameless.sql'), '');
  assert.throws(() => readMigrations(folder), /nameless\.sql/);
});

test('applied migrations are never edited, removed, or overtaken', () => {
  const file = (version, sql = `-- ${version}`) => ({ version, fileName: `${version}_x.sql`, name: 'x', sql });
  const applied = (...versions) => versions.map((version) => ({ version, statements: [`-- ${version}`] }));
  assert.deepEqual(pendingMigrations([file('1'), file('2')], applied('1')), [file('2')]);
  assert.deepEqual(pendingMigrations([file('1')], applied('1')), []);
  assert.throws(
    () => pendingMigrations([file('1', '-- edited')], applied('1')),
    /1_x\.sql was changed after it was applied/,
  );
  assert.throws(() => pendingMigrations([], applied('1')), /has migration 1, but its file is gone/);
  assert.throws(() => pendingMigrations([file('1'), file('2')], applied('2')), /1_x\.sql is new, but sorts before 2/);
});
