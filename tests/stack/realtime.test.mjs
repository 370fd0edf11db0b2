// The stand-in for Supabase's Realtime, by supabase-js and by hand: who is told what, until when, and what it costs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { createClient } from '@supabase/supabase-js';
import pg from 'pg';
import { WebSocket } from 'ws';
import { databasesOfGateway, startBackend } from '../../tools/stack/backends/backend.mjs';
import { signHs256 } from '../../tools/stack/backends/gateway/jwt.mjs';
import { startGateway } from '../../tools/stack/backends/gateway/server.mjs';
import { issueAccessToken } from '../../tools/stack/backends/gateway/sessions.mjs';
import { LIMITS } from '../../tools/stack/backends/realtime/server.mjs';
import { until } from '../../tools/stack/processes/waiting.mjs';
import { HOST } from '../../tools/stack/settings/ports.mjs';
import { freePorts, removeFolder, temporaryFolder } from './support.mjs';

const SECRET_ROLES = ['none', 'postgres', 'supabase_admin', 'ourvidz_edge', 'authenticator', undefined];
const folder = temporaryFolder();
let stack;
let database;
let gateway;
const clients = [];

before(async () => {
  const ports = await freePorts();
  stack = await startBackend({
    environment: { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: path.join(folder, 'stack') },
  });
  database = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 2 });
  database.on('error', () => {});
  // A table of each user's own, published beside those of the service.
  await database.query(`
    create table public.notes (id uuid primary key, user_id uuid not null, number int, words text, tags text[]);
    alter table public.notes enable row level security;
    create policy own on public.notes for select to authenticated using (user_id = (select auth.uid()));
    revoke all on public.notes from anon, authenticated, service_role;
    grant select (id, user_id, number, words) on public.notes to authenticated;
    alter publication supabase_realtime add table public.notes;`);
  // A second gateway, whose clients may take less.
  gateway = await startGateway({
    port: ports.workerMetrics,
    postgrestPort: ports.postgrest,
    functionsPort: ports.web,
    keys: stack.keys,
    databases: databasesOfGateway(stack.keys, ports),
    objects: null,
    realtimeLimits: { ...LIMITS, connections: 3, unreadBytes: 64 * 1024, patienceMs: 500, silenceMs: 3000 },
  });
});

after(async () => {
  hangUp();
  await gateway?.close();
  await database?.end();
  await stack?.stop();
  removeFolder(folder);
});

beforeEach(() => database.query('delete from public.notes'));

/** A user's token, as the sign-in makes it. */
function tokenOf(user, lifetimeSeconds = 3600) {
  const { signingKey } = stack.keys;
  return issueAccessToken({ id: user }, { signingKey, supabaseUrl: stack.env.SUPABASE_URL, lifetimeSeconds }).token;
}

/** supabase-js with a token; `token` may be a function. */
function clientWith(token, options = {}) {
  const client = createClient(stack.env.SUPABASE_URL, stack.env.SUPABASE_ANON_KEY, {
    ...(token && { accessToken: async () => (typeof token === 'function' ? token() : token) }),
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { ...options },
  });
  clients.push(client);
  return client;
}

/** Ends what supabase-js has open: a channel that was refused would try again for ever. */
function hangUp() {
  for (const { realtime } of clients.splice(0)) {
    for (const channel of realtime.getChannels()) channel.teardown();
    void realtime.disconnect();
  }
}

/** Listens; resolves when the channel is joined or refused, to what is told from then on. */
async function listen(client, filter = {}) {
  const heard = { changes: [], states: [], errors: [] };
  // Else the first join of a client would be without its token, which it is only just fetching.
  await client.realtime.setAuth();
  heard.channel = client.channel(`test-${randomUUID()}`);
  await new Promise((resolve) => {
    heard.channel
      .on('postgres_changes', { event: '*', schema: 'public', table: 'notes', ...filter }, (change) =>
        heard.changes.push(change),
      )
      .subscribe((state, error) => {
        heard.states.push(state);
        if (error) heard.errors.push(error.message);
        resolve();
      });
  });
  return heard;
}

async function write(user, { words = null, number = null } = {}) {
  const id = randomUUID();
  await database.query('insert into public.notes values ($1, $2, $3, $4)', [id, user, number, words]);
  return id;
}

const soon = (what, test) => until(test, { timeoutMs: 15_000, explain: () => `in vain for ${what}` });
const slots = async () =>
  (await database.query(`select count(*)::int as count from pg_replication_slots`)).rows[0].count;

for (const vsn of ['1.0.0', '2.0.0']) {
  test(`a user is told of own rows, and of nobody else's (version ${vsn})`, async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    const hers = await listen(clientWith(tokenOf(ada), { vsn }));
    const his = await listen(clientWith(tokenOf(bob), { vsn }));
    assert.deepEqual([hers.states, his.states], [['SUBSCRIBED'], ['SUBSCRIBED']]);
    const id = await write(ada, { words: 'it\'s a "fox" \\ {}', number: 7 });
    const other = await write(bob);
    await database.query('update public.notes set number = 8 where id = any($1)', [[id, other]]);
    await soon('both updates', () => hers.changes.length === 2 && his.changes.length === 2);
    // A row that changes hands is seen by whom it belongs to now.
    await database.query('update public.notes set user_id = $1, number = 9 where id = $2', [ada, other]);
    await soon('her changes', () => hers.changes.length === 3);
    const mark = await write(bob, { words: 'the last' });
    await soon('the last', () => his.changes.some(({ new: row }) => row.id === mark));
    assert.deepEqual(
      hers.changes.map(({ eventType, new: row, old }) => [eventType, row.id, row.number, old]),
      [
        ['INSERT', id, 7, {}],
        ['UPDATE', id, 8, { id }],
        ['UPDATE', other, 9, { id: other }],
      ],
    );
    assert.deepEqual(hers.changes[0].new, { id, user_id: ada, number: 7, words: 'it\'s a "fox" \\ {}' });
    assert.equal(hers.changes[0].errors, null);
    assert.ok(his.changes.every(({ new: row }) => row.user_id === bob));
    assert.doesNotMatch(JSON.stringify(his.changes), new RegExp(ada));
  });
}

test('nobody is told of a deleted row: whose it was is not known any more', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const his = await listen(clientWith(tokenOf(bob)));
  const id = await write(ada);
  await database.query('delete from public.notes where id = $1', [id]);
  const mark = await write(bob);
  await soon('the mark', () => his.changes.some(({ new: row }) => row.id === mark));
  assert.equal(his.changes.length, 1);
});

test('of events, tables and filters only those are told that were asked for', async () => {
  const ada = randomUUID();
  const client = clientWith(tokenOf(ada));
  const updates = await listen(client, { event: 'UPDATE' });
  const large = await listen(client, { filter: 'number=gt.10' });
  const all = await listen(client, { table: '*' });
  const id = await write(ada, { number: 1 });
  await database.query('update public.notes set number = 11 where id = $1', [id]);
  await soon('both', () => all.changes.length === 2);
  assert.equal(updates.changes.map(({ eventType }) => eventType).join(), 'UPDATE');
  assert.equal(large.changes.map(({ new: row }) => row.number).join(), '11');
});

test('the published tables of the service are those that a page listens to', async () => {
  const client = clientWith(tokenOf(randomUUID()));
  for (const table of ['jobs', 'images', 'videos']) {
    const { states } = await listen(client, { event: 'UPDATE', table, filter: `user_id=eq.${randomUUID()}` });
    assert.deepEqual(states, ['SUBSCRIBED'], table);
  }
  for (const filter of [
    { table: 'profiles' },
    { table: 'no_such_table' },
    { schema: 'private', table: 'leases' },
    { schema: 'auth', table: 'users' },
    { filter: 'tags=eq.a' },
    { filter: 'words=like.a%' },
  ]) {
    const { states, errors } = await listen(client, filter);
    assert.equal(states[0], 'CHANNEL_ERROR', JSON.stringify(filter));
    assert.match(errors[0], /Unable to subscribe|Only the schema|knows filters/);
  }
});

test('without a user there is nothing to listen to', async () => {
  const anonymous = await listen(clientWith(null));
  assert.equal(anonymous.states[0], 'CHANNEL_ERROR');
  assert.match(anonymous.errors[0], /Unable to subscribe/);
});

test('a token that is forged, expired or of a role of its own is refused', async () => {
  const ada = randomUUID();
  const soonOver = Math.floor(Date.now() / 1000) + 60;
  const forged = signHs256({ sub: ada, role: 'authenticated', exp: soonOver }, 'another secret');
  const [header, , signature] = tokenOf(ada).split('.');
  const changed = [header, tokenOf(randomUUID()).split('.')[1], signature].join('.');
  const secret = SECRET_ROLES.map((role) => signHs256({ sub: ada, role, exp: soonOver }, stack.keys.jwtSecret));
  for (const token of [forged, changed, tokenOf(ada, -1), 'x', ...secret]) {
    const { states, errors } = await listen(clientWith(token));
    assert.equal(states[0], 'CHANNEL_ERROR', token);
    assert.match(errors[0], /InvalidJWTToken/);
  }
});

test('a token that runs out ends its channel; a new one in time keeps it', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const expiring = await listen(clientWith(tokenOf(ada, 2)));
  let token = tokenOf(bob, 2);
  const client = clientWith(() => token);
  const renewed = await listen(client);
  assert.deepEqual([...expiring.states, ...renewed.states], ['SUBSCRIBED', 'SUBSCRIBED']);
  token = tokenOf(bob);
  await client.realtime.setAuth();
  await soon('the end', () => expiring.states.includes('CLOSED'));
  await write(ada);
  const id = await write(bob);
  await soon('his row', () => renewed.changes.length === 1);
  assert.equal(renewed.changes[0].new.id, id);
  assert.deepEqual(renewed.states, ['SUBSCRIBED']);
  assert.deepEqual(expiring.changes, []);
});

test('signing out ends what was listened to', async () => {
  const client = clientWith(null);
  await client.auth.signInWithPassword({ email: `${randomUUID()}@example.com`, password: 'any' });
  const heard = await listen(client);
  assert.deepEqual(heard.states, ['SUBSCRIBED']);
  await client.auth.signOut();
  await soon('the end', () => heard.states.includes('CLOSED'));
});

test('somebody else at the same connection is told of their own rows from then on', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  let token = tokenOf(ada);
  const client = clientWith(() => token);
  const heard = await listen(client);
  token = tokenOf(bob);
  await client.realtime.setAuth();
  // Its answer comes after the token was looked at.
  await listen(client);
  await write(ada);
  const id = await write(bob);
  await soon('his row', () => heard.changes.length > 0);
  assert.deepEqual(
    heard.changes.map(({ new: row }) => row.id),
    [id],
  );
});

/** A client by hand, at the gateway that gives less. */
async function connect({ port = gateway.port, vsn = '2.0.0', apiKey = stack.env.SUPABASE_ANON_KEY } = {}) {
  const socket = new WebSocket(`ws://${HOST}:${port}/realtime/v1/websocket?apikey=${apiKey}&vsn=${vsn}`);
  socket.messages = [];
  socket.on('message', (data) => socket.messages.push(JSON.parse(data)));
  socket.ended = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  await once(socket, 'open');
  return socket;
}

async function join(socket, user, topic = 'realtime:a', ref = '1') {
  const payload = {
    config: { postgres_changes: [{ event: '*', schema: 'public', table: 'notes' }] },
    access_token: tokenOf(user),
  };
  socket.send(JSON.stringify([ref, ref, topic, 'phx_join', payload]));
  return soon('an answer', () =>
    socket.messages.find(([, answered, , event]) => answered === ref && event === 'phx_reply'),
  );
}

const beat = (socket) => socket.send(JSON.stringify([null, 'b', 'phoenix', 'heartbeat', {}]));

test('an address without a key, of a strange version, or elsewhere is no door', async () => {
  const refused = async (options) => {
    const error = await connect(options).catch((reason) => reason);
    return /Unexpected server response: (\d+)/.exec(error.message)?.[1];
  };
  assert.equal(await refused({ apiKey: 'x' }), '403');
  assert.equal(await refused({ vsn: '3.0.0' }), '400');
  const elsewhere = new WebSocket(`ws://${HOST}:${gateway.port}/rest/v1/jobs?apikey=${stack.env.SUPABASE_ANON_KEY}`);
  const [error] = await once(elsewhere, 'error');
  assert.match(error.message, /404/);
  // What is no address must not end the whole stack.
  const socket = net.connect(gateway.port, HOST);
  socket.write('GET // HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 400/);
});

test('what is no message, too large or of a feature that is not here ends or is refused, by name', async () => {
  const socket = await connect();
  for (const event of ['presence', 'broadcast', 'phx_leave', 'access_token']) {
    socket.send(JSON.stringify(['1', event, 'realtime:none', event, {}]));
    const [, , , , { status }] = await soon(event, () => socket.messages.find(([, ref]) => ref === event));
    assert.equal(status, 'error');
  }
  await join(socket, randomUUID());
  socket.send(JSON.stringify(['1', 'x', 'realtime:a', 'presence', {}]));
  const [, , , , { response }] = await soon('refusal', () => socket.messages.find(([, ref]) => ref === 'x'));
  assert.match(response.reason, /presence is not part/);
  socket.send('x'.repeat(LIMITS.messageBytes + 1));
  assert.equal(await socket.ended, 1009);
  for (const data of ['{', Buffer.from([3, 0])]) {
    const other = await connect();
    other.send(data);
    assert.equal(await other.ended, 1003);
  }
});

test('a client has room for some channels, and the machine for some clients', async () => {
  const socket = await connect();
  const ada = randomUUID();
  for (let nth = 0; nth < 100; nth += 1)
    socket.send(JSON.stringify([`${nth}`, `${nth}`, `realtime:${nth}`, 'phx_join', { access_token: tokenOf(ada) }]));
  const [, , , , { status, response }] = await join(socket, ada, 'realtime:one more', 'last');
  assert.equal(status, 'error');
  assert.match(response.reason, /ChannelRateLimitReached/);
  const others = [await connect(), await connect()];
  await assert.rejects(connect(), /503/);
  for (const each of [socket, ...others]) each.close();
  await Promise.all([socket, ...others].map(({ ended }) => ended));
});

test('a client that does not read is cut off, and the others are told all the same', async () => {
  const ada = randomUUID();
  const [slow, quick] = [await connect(), await connect()];
  await join(slow, ada);
  await join(quick, ada);
  slow.pause();
  // More than the buffers of both ends of a connection take.
  const rows = 400;
  const beating = setInterval(() => [slow, quick].forEach(beat), 200);
  await database.query(
    `insert into public.notes select gen_random_uuid(), $1, nth, repeat('x', 50000) from generate_series(1, $2) as nth`,
    [ada, rows],
  );
  const told = () => quick.messages.filter(([, , , event]) => event === 'postgres_changes').length;
  await soon('every change', () => told() === rows);
  await soon('the cut', () => gateway.realtime.size === 1);
  clearInterval(beating);
  slow.resume();
  assert.equal(await slow.ended, 1006);
  assert.ok(slow.messages.filter(([, , , event]) => event === 'postgres_changes').length < rows);
  quick.close();
  await quick.ended;
});

test('a client that has gone without a word is forgotten, and nothing reads the log when nobody listens', async () => {
  const ada = randomUUID();
  hangUp();
  await soon('no slots', async () => (await slots()) === 0);
  const [dead, alive] = [await connect(), await connect()];
  await join(dead, ada);
  assert.equal(await slots(), 1);
  await join(alive, ada);
  assert.equal(await slots(), 1);
  const beating = setInterval(() => beat(alive), 200);
  assert.equal(await dead.ended, 1006);
  assert.equal(gateway.realtime.isListening, true);
  clearInterval(beating);
  assert.equal(await alive.ended, 1006);
  await soon('no slots', async () => !gateway.realtime.isListening && (await slots()) === 0);
});

test('a client that hangs up while it joins leaves nothing behind', async () => {
  const socket = net.connect(gateway.port, HOST);
  socket.end('GET /realtime/v1/websocket HTTP/1.1\r\nupgrade: websocket\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  for (let nth = 0; nth < 5; nth += 1) {
    const client = await connect();
    client.send(JSON.stringify(['1', '1', 'realtime:a', 'phx_join', { access_token: tokenOf(randomUUID()) }]));
    client.terminate();
    await client.ended;
  }
  await soon('no one', async () => !gateway.realtime.isListening && (await slots()) === 0);
});

test('after a restart of Postgres clients join again by themselves', async () => {
  const ada = randomUUID();
  const heard = await listen(clientWith(tokenOf(ada)));
  await stack.services.postgres.stop();
  await soon('the error', () => heard.states.includes('CHANNEL_ERROR'));
  await stack.services.postgres.start();
  await soon('another join', () => heard.states.at(-1) === 'SUBSCRIBED' && heard.states.length > 2);
  const id = await write(ada);
  await soon('the row', () => heard.changes.length > 0);
  assert.equal(heard.changes[0].new.id, id);
});
