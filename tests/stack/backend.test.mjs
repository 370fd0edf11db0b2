// The whole backend, started as `npm start` starts it, looked at from outside.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import pg from 'pg';
import { startBackend } from '../../tools/stack/backends/backend.mjs';
import { migrate } from '../../tools/stack/backends/postgres/migrations.mjs';
import { until } from '../../tools/stack/processes/waiting.mjs';
import { REPOSITORY_ROOT } from '../../tools/stack/settings/layout.mjs';
import { freePorts, removeFolder, temporaryFolder } from './support.mjs';

const folder = temporaryFolder();
let environment;
let stack;
let database;

before(async () => {
  const ports = await freePorts();
  environment = { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: path.join(folder, 'stack') };
  stack = await startBackend({ environment });
  database = new pg.Client(stack.env.DATABASE_URL);
  await database.connect();
});

after(async () => {
  await database?.end();
  await stack?.stop();
  removeFolder(folder);
});

async function call(method, address, { body, headers = {} } = {}) {
  const response = await fetch(stack.env.SUPABASE_URL + address, {
    method,
    headers: {
      apikey: stack.env.SUPABASE_ANON_KEY,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, answer: text === '' ? null : JSON.parse(text) };
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

async function signIn(email) {
  const { status, answer } = await call('POST', '/auth/v1/token?grant_type=password', {
    body: { email, password: 'anything' },
  });
  assert.equal(status, 200, JSON.stringify(answer));
  return answer;
}

function commandLine(script, ...args) {
  const result = spawnSync(process.execPath, [path.join('tools', 'stack', 'commands', script), ...args], {
    cwd: REPOSITORY_ROOT,
    env: environment,
    encoding: 'utf8',
  });
  return { status: result.status, out: result.stdout, error: result.stderr };
}

test('nothing listens beyond loopback', async (context) => {
  const outside = Object.values(os.networkInterfaces())
    .flat()
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (!outside) return context.diagnostic('this machine has no other address');
  const { gateway, postgres, postgrest, postgrestAdmin, redis, upstash } = stack.ports;
  for (const port of [gateway, postgres, postgrest, postgrestAdmin, redis, upstash]) {
    const reached = await new Promise((resolve) => {
      const socket = net.connect({ host: outside.address, port, timeout: 1_000 }, () => resolve(true));
      socket.on('error', () => resolve(false)).on('timeout', () => resolve(false));
      socket.on('close', () => resolve(false)).on('connect', () => socket.destroy());
    });
    assert.equal(reached, false, `port ${port} on ${outside.address}`);
  }
});

test('the database looks like a Supabase project', async () => {
  const { rows } = await database.query(`
    select
      (select rolsuper from pg_roles where rolname = current_user) as superuser,
      (select rolbypassrls from pg_roles where rolname = 'service_role') as service_bypasses,
      pg_has_role('authenticator', 'authenticated', 'member') as switches,
      (select count(*)::int from pg_publication_tables where pubname = 'supabase_realtime') as published,
      to_regprocedure('extensions.digest(text,text)') is not null as pgcrypto,
      to_regprocedure('auth.uid()') is not null and to_regprocedure('auth.jwt()') is not null as auth`);
  assert.deepEqual(rows[0], {
    superuser: false,
    service_bypasses: true,
    switches: true,
    published: rows[0].published,
    pgcrypto: true,
    auth: true,
  });
});

test('no one gets into the database without a password', async () => {
  const url = new URL(stack.env.DATABASE_URL);
  for (const password of ['', 'wrong']) {
    url.password = password;
    const client = new pg.Client({ connectionString: url.href, password });
    await assert.rejects(client.connect(), /password/, `"${password}"`);
    // A session that is still asking for a password would hold up others for a minute.
    await client.end();
  }
});

test('a table that forgets to revoke is open to everybody, as on Supabase, and PostgREST sees it soon', async () => {
  await database.query("create table public.forgetful (note text); insert into public.forgetful values ('seen')");
  const seen = await until(async () => {
    const reply = await call('GET', '/rest/v1/forgetful?select=note');
    return reply.status === 200 && reply;
  });
  assert.deepEqual(seen.answer, [{ note: 'seen' }]);
  assert.equal(seen.headers.get('access-control-allow-origin'), '*');
  await database.query('drop table public.forgetful');
});

test('the claims of a token reach the database', async () => {
  await database.query(`create function public.who_am_i() returns jsonb language sql stable as
    $$ select jsonb_build_object('user', auth.uid(), 'role', auth.role(), 'as', current_user) $$`);
  const { access_token: token, user } = await signIn('claims@example.com');
  const ask = (headers) => call('POST', '/rest/v1/rpc/who_am_i', { body: {}, headers });
  await until(async () => (await ask()).status === 200);
  assert.deepEqual((await ask()).answer, { user: null, role: 'anon', as: 'anon' });
  assert.deepEqual((await ask(bearer(token))).answer, { user: user.id, role: 'authenticated', as: 'authenticated' });
  const { secretKey, publishableKey, legacy } = stack.keys;
  for (const [apikey, role] of [
    [publishableKey, 'anon'],
    [legacy.anonKey, 'anon'],
    [secretKey, 'service_role'],
    [legacy.serviceRoleKey, 'service_role'],
  ]) {
    assert.equal((await ask({ apikey })).answer.as, role);
    assert.equal((await ask({ apikey, ...bearer(apikey) })).answer.as, role, 'repeated, as supabase-js does');
    assert.equal((await ask({ apikey, ...bearer(token) })).answer.as, 'authenticated');
  }
  assert.equal((await ask(bearer(secretKey))).status, 401, 'an opaque key is no token');
  assert.equal((await ask(bearer(`${token.slice(0, -2)}AA`))).status, 401);
  await database.query('drop function public.who_am_i');
});

test('the gateway insists on an API key', async () => {
  for (const address of ['/rest/v1/', '/auth/v1/user', '/auth/v1/token?grant_type=password']) {
    for (const apikey of ['', 'wrong']) {
      const { status, answer } = await call('GET', address, { headers: { apikey } });
      assert.equal(status, 401, address);
      assert.match(answer.message, /API key/);
    }
  }
  assert.equal((await call('GET', '/nowhere')).status, 404);
  assert.equal((await call('GET', '/rest/v1evil')).status, 404);
  const keys = await call('GET', '/auth/v1/.well-known/jwks.json', { headers: { apikey: '' } });
  assert.deepEqual(Object.keys(keys.answer.keys[0]).sort(), ['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y']);
  const preflight = await call('OPTIONS', '/rest/v1/jobs', {
    headers: { apikey: '', 'access-control-request-headers': 'x-client-info' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'x-client-info');
});

test('signing in makes the user once; the token has the claims of Supabase', async () => {
  const first = await signIn('Ada@Example.com');
  const again = await signIn('ada@example.com');
  assert.equal(first.user.id, again.user.id);
  const { rows } = await database.query('select email from auth.users where id = $1', [first.user.id]);
  assert.deepEqual(rows, [{ email: 'ada@example.com' }]);
  const claims = claimsOf(first.access_token);
  assert.equal(claims.iss, `${stack.env.SUPABASE_URL}/auth/v1`);
  assert.deepEqual(
    [claims.sub, claims.aud, claims.role, claims.email, claims.is_anonymous, claims.exp - claims.iat],
    [first.user.id, 'authenticated', 'authenticated', 'ada@example.com', false, 3600],
  );
  const me = await call('GET', '/auth/v1/user', { headers: bearer(first.access_token) });
  assert.deepEqual([me.status, me.answer.id], [200, first.user.id]);
});

test('signing up works with and without an address', async () => {
  const named = await call('POST', '/auth/v1/signup', {
    body: { email: 'new@example.com', password: 'x', data: { nick: 'n' } },
  });
  assert.equal(named.status, 200);
  assert.deepEqual(named.answer.user.user_metadata, { nick: 'n' });
  const anonymous = await call('POST', '/auth/v1/signup', { body: {} });
  assert.equal(anonymous.status, 200);
  assert.equal(anonymous.answer.user.is_anonymous, true);
  assert.equal(claimsOf(anonymous.answer.access_token).is_anonymous, true);
  const other = await call('POST', '/auth/v1/signup', { body: {} });
  assert.notEqual(other.answer.user.id, anonymous.answer.user.id);
});

test('a refresh token works once, and not after signing out', async () => {
  const refresh = (token) =>
    call('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: token } });
  const session = await signIn('refresh@example.com');
  const renewed = await refresh(session.refresh_token);
  assert.equal(renewed.status, 200);
  assert.equal(claimsOf(renewed.answer.access_token).session_id, claimsOf(session.access_token).session_id);
  const repeated = await refresh(session.refresh_token);
  assert.deepEqual([repeated.status, repeated.answer.error_code], [400, 'refresh_token_not_found']);

  const elsewhere = await signIn('refresh@example.com');
  const out = await call('POST', '/auth/v1/logout?scope=local', { headers: bearer(renewed.answer.access_token) });
  assert.equal(out.status, 204);
  assert.equal((await refresh(renewed.answer.refresh_token)).status, 400);
  assert.equal(
    (await call('POST', '/auth/v1/logout?scope=others', { headers: bearer(renewed.answer.access_token) })).status,
    204,
  );
  assert.equal((await refresh(elsewhere.refresh_token)).status, 400);
  const last = await signIn('refresh@example.com');
  assert.equal((await call('POST', '/auth/v1/logout', { headers: bearer(last.access_token) })).status, 204);
  assert.equal((await refresh(last.refresh_token)).status, 400, 'without a scope, everywhere');
});

test('wrong requests get the errors of Supabase Auth', async () => {
  const token = '/auth/v1/token?grant_type=password';
  const cases = [
    ['POST', token, '{', 400, 'bad_json'],
    ['POST', token, '[]', 400, 'bad_json'],
    ['POST', token, { password: 'x' }, 400, 'validation_failed'],
    ['POST', token, { email: 'no address', password: 'x' }, 400, 'validation_failed'],
    ['POST', token, { email: 'a@b.cd' }, 400, 'validation_failed'],
    ['POST', token, { email: 'a@b.cd', password: 'x'.repeat(70_000) }, 413, 'request_too_large'],
    ['POST', '/auth/v1/token?grant_type=magic', {}, 400, 'validation_failed'],
    ['POST', '/auth/v1/token?grant_type=refresh_token', {}, 400, 'validation_failed'],
    ['POST', '/auth/v1/signup', { email: 5, password: 'x' }, 400, 'validation_failed'],
    ['GET', '/auth/v1/user', undefined, 401, 'no_authorization'],
    ['GET', '/auth/v1/token', undefined, 405, 'method_not_allowed'],
    ['GET', '/auth/v1/nowhere', undefined, 404, 'not_found'],
  ];
  for (const [method, address, body, status, code] of cases) {
    const reply = await call(method, address, { body });
    assert.deepEqual(
      [reply.status, reply.answer.error_code, reply.answer.code],
      [status, code, status],
      `${method} ${address}`,
    );
    assert.equal(typeof reply.answer.msg, 'string');
  }
  const forged = await call('GET', '/auth/v1/user', { headers: bearer('a.b.c') });
  assert.deepEqual([forged.status, forged.answer.error_code], [403, 'bad_jwt']);
  const service = await call('GET', '/auth/v1/user', { headers: bearer(stack.env.SUPABASE_SERVICE_ROLE_KEY) });
  assert.equal(service.status, 403, 'an API key is no user');
});

test('npm run token prints a token that everybody accepts; admin is kept with the user', async () => {
  const { status, out, error } = commandLine('token.mjs', '--email', 'admin@example.com', '--role', 'admin');
  assert.equal(status, 0, error);
  assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const me = await call('GET', '/auth/v1/user', { headers: bearer(out.trim()) });
  assert.equal(me.answer.app_metadata.role, 'admin');
  assert.equal((await call('GET', '/rest/v1/', { headers: bearer(out.trim()) })).status, 200);
  assert.equal(claimsOf((await signIn('admin@example.com')).access_token).app_metadata.role, 'admin');
  const demoted = commandLine('token.mjs', '--email', 'admin@example.com', '--role', 'user');
  assert.equal('role' in claimsOf(demoted.out).app_metadata, false);
  const short = commandLine('token.mjs', '--email', 'admin@example.com', '--ttl', '5');
  assert.equal(claimsOf(short.out).exp - claimsOf(short.out).iat, 5);
  for (const args of [
    [],
    ['--email', 'x'],
    ['--email', 'a@b.cd', '--role', 'root'],
    ['--email', 'a@b.cd', '--ttl', '0'],
    ['--what'],
  ]) {
    const wrong = commandLine('token.mjs', ...args);
    assert.deepEqual([wrong.status, wrong.out], [1, ''], args.join(' '));
  }
});

test('npm run env prints the variables of the running stack', () => {
  const { status, out } = commandLine('env.mjs');
  assert.equal(status, 0);
  assert.deepEqual(
    Object.fromEntries(
      out
        .trimEnd()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    stack.env,
  );
  const nowhere = spawnSync(process.execPath, ['tools/stack/commands/env.mjs'], {
    cwd: REPOSITORY_ROOT,
    env: { ...environment, OURVIDZ_DIR: path.join(folder, 'nowhere') },
    encoding: 'utf8',
  });
  assert.deepEqual([nowhere.status, nowhere.stdout], [1, '']);
  assert.match(nowhere.stderr, /There is no stack in .*nowhere/);
});

test('the Upstash-compatible endpoint reaches the same Redis', async () => {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = stack.env;
  const response = await fetch(`${url}/ping`, { headers: bearer(token) });
  assert.deepEqual(await response.json(), { result: 'PONG' });
});

test('what a user wrote does not get into the log of Postgres', async () => {
  await database.query('create table public.strict (note text check (length(note) < 3))');
  const written = 'a private sentence of a user';
  await assert.rejects(database.query(`insert into public.strict values ('${written}')`), { code: '23514' });
  await assert.rejects(database.query('insert into public.strict values ($1)', [written]), { code: '23514' });
  const log = fs.readFileSync(stack.processes.logFile('postgres'), 'utf8');
  assert.match(log, /violates check constraint/);
  assert.equal(log.includes(written), false);
  await database.query('drop table public.strict');
});

test('a part that is down is 503, and comes back', async () => {
  await stack.services.postgrest.stop();
  assert.equal((await call('GET', '/rest/v1/')).status, 503);
  await stack.services.postgrest.start();
  assert.equal((await call('GET', '/rest/v1/')).status, 200);
});

test('a second start of the same stack is refused', async () => {
  await assert.rejects(startBackend({ environment }), /already running/);
});

test('migrations apply once, are recorded, and fail whole', async (context) => {
  const migrations = temporaryFolder();
  context.after(() => removeFolder(migrations));
  const write = (name, sql) => fs.writeFileSync(path.join(migrations, name), sql);
  await database.query('create database migrating');
  const url = new URL(stack.env.DATABASE_URL);
  url.pathname = '/migrating';
  const client = new pg.Client(url.href);
  await client.connect();
  try {
    write('1_first.sql', "set search_path = ''; create table public.one (id int);");
    assert.deepEqual(await migrate(client, migrations), ['1_first.sql']);
    assert.deepEqual(await migrate(client, migrations), []);
    write('2_second.sql', 'create table two (id int);\ninsert into two values (1);\ninsert into absent values (1);\n');
    await assert.rejects(migrate(client, migrations), /Migration 2_second\.sql, line 3: .*absent/);
    const { rows } = await client.query(
      "select to_regclass('two') as two, (select count(*)::int from supabase_migrations.schema_migrations) as recorded",
    );
    assert.deepEqual(rows, [{ two: null, recorded: 1 }]);
    write('2_second.sql', 'create table two (id int);');
    assert.deepEqual(await migrate(client, migrations), ['2_second.sql']);
    write('1_first.sql', 'select 1;');
    await assert.rejects(migrate(client, migrations), /1_first\.sql was changed after it was applied/);
  } finally {
    await client.end();
    await database.query('drop database migrating');
  }
});
