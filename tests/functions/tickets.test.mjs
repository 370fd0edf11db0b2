// Event streams without a header: a token is traded for a ticket, which opens one stream and no other.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { assertRefused, BASE, call, signIn, until } from '../journeys/client.mjs';

let database;
before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
});
after(() => database.end());

async function ticketOf(user) {
  const { status, body } = await user.request('POST', '/api/events/ticket');
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(body.ticket, /^evt_[A-Za-z0-9_-]{43}$/);
  assert.equal(body.expiresInSeconds, 60);
  return body.ticket;
}

/** Opens a stream as `EventSource` does, and reads it until it ends or has told of so many events. */
async function follow(address, many = Infinity) {
  const abort = new AbortController();
  const answer = await fetch(BASE + address, { headers: { accept: 'text/event-stream' }, signal: abort.signal });
  assert.equal(answer.status, 200);
  const kinds = [];
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop();
    kinds.push(...frames.flatMap((frame) => /^event: (\w+)$/m.exec(frame)?.[1] ?? []));
    if (kinds.length >= many) {
      abort.abort();
      break;
    }
  }
  return { kinds, trips: answer.headers.get('server-timing').split(', ').length - 1 };
}

/** A job that has ended, so that its stream does too. */
async function ended(user) {
  const { body } = await user.submit('sdxl_image_fast');
  await user.request('POST', `/api/jobs/${body.job.id}/cancel`);
  return body.job.id;
}

test('a ticket opens the stream of a job, with one look at the database', async () => {
  const user = await signIn();
  const job = await ended(user);
  const ticket = await ticketOf(user);
  const { kinds, trips } = await follow(`/api/jobs/${job}/events?ticket=${ticket}`);
  assert.deepEqual(kinds, ['queued', 'asset', 'canceled']);
  assert.equal(trips, 1);
});

test('a ticket opens the stream of all jobs, behind a position too', async () => {
  const user = await signIn();
  await ended(user);
  assert.deepEqual((await follow(`/api/events?ticket=${await ticketOf(user)}`, 3)).kinds, [
    'queued',
    'asset',
    'canceled',
  ]);
  assert.deepEqual((await follow(`/api/events?after=2&ticket=${await ticketOf(user)}`, 1)).kinds, ['canceled']);
});

test('it opens one stream', async () => {
  const user = await signIn();
  const job = await ended(user);
  const address = `/api/jobs/${job}/events?ticket=${await ticketOf(user)}`;
  const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(BASE + address)));
  const statuses = answers.map(({ status }) => status).sort();
  await Promise.all(answers.map((answer) => answer.text()));
  assert.deepEqual(statuses, [200, 401, 401, 401, 401]);
  assertRefused(await call('GET', address), 401, 'unauthorized');
});

test('it opens nothing after its minute', async () => {
  const user = await signIn();
  const ticket = await ticketOf(user);
  await database.query(`update private.event_tickets set expires_at = now() - interval '1 second' where user_id = $1`, [
    user.id,
  ]);
  assertRefused(await call('GET', `/api/events?ticket=${ticket}`), 401, 'unauthorized');
});

test('it opens nothing of another user’s', async () => {
  const [ada, bob] = [await signIn(), await signIn()];
  const job = await ended(ada);
  const ticket = await ticketOf(bob);
  assertRefused(await call('GET', `/api/jobs/${job}/events?ticket=${ticket}`), 404, 'not_found');
  await ended(bob);
  assert.equal((await follow(`/api/events?ticket=${ticket}`, 3)).kinds.length, 3, 'asking has not used it up');
});

test('it is good for streams and for nothing else', async () => {
  const user = await signIn();
  const ticket = await ticketOf(user);
  assertRefused(await call('GET', `/api/me?ticket=${ticket}`), 401, 'unauthorized');
  assertRefused(await call('GET', '/api/me', { headers: { authorization: `Bearer ${ticket}` } }), 401, 'unauthorized');
  assertRefused(await call('POST', `/api/events/ticket?ticket=${ticket}`), 401, 'unauthorized');
  assertRefused(await call('GET', '/api/events?ticket=evt_nonsense'), 401, 'unauthorized');
  assertRefused(await user.request('GET', '/api/events/ticket'), 405, 'method_not_allowed');
});

test('neither the log nor the database knows it', async () => {
  const user = await signIn();
  const job = await ended(user);
  const ticket = await ticketOf(user);
  await follow(`/api/jobs/${job}/events?ticket=${ticket}`);
  const folder = path.join(process.env.OURVIDZ_DIR, 'logs');
  // A line reaches the file a moment after the answer.
  const logs = await until('the request in the log', () => {
    const files = fs.readdirSync(folder).map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
    const text = files.join('\n');
    return text.includes(`/api/jobs/${job}/events`) && text;
  });
  assert.ok(!logs.includes(ticket));
  const { rows } = await database.query('select * from private.event_tickets where user_id = $1', [user.id]);
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes(ticket));
});
