// Tickets for event streams: one stream, one minute, one user.

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { call, enqueue, refusal } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const MOST = 3;

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
const invalid = refusal(401, 'unauthorized', { reason: 'ticket_invalid' });

async function issue(user, changes = {}) {
  const digest = createHash('sha256').update(randomUUID()).digest('hex');
  await call(scratch.edge, 'issue_event_ticket', {
    p_user_id: user,
    p_digest: digest,
    p_seconds: 60,
    p_ends_at_s: inSeconds(3600),
    p_most: MOST,
    ...changes,
  });
  return digest;
}
const read = (digest, stream, changes = {}) =>
  call(scratch.edge, 'events_of_ticket', {
    p_digest: digest,
    p_stream_id: stream,
    p_after: 0,
    p_limit: 100,
    ...changes,
  });

test('a ticket reads what its user’s own token reads', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  await enqueue(scratch.edge, user);
  await enqueue(scratch.edge, randomUUID());
  const [digest, stream] = [await issue(user), randomUUID()];
  const { user_id: owner, ends_at_s: ends, events } = await read(digest, stream);
  assert.equal(owner, user);
  assert.ok(Math.abs(ends - inSeconds(3600)) < 10);
  assert.deepEqual(events, await call(scratch.user(user), 'my_events', { p_after: 0, p_limit: 100 }));
  assert.equal(events.length, 2);
  assert.deepEqual((await read(digest, stream, { p_after: 1 })).events, events.slice(1));
  assert.deepEqual(
    (await read(digest, stream, { p_job_id: job })).events.map((event) => event.job_id),
    [job],
  );
});

test('it is one stream’s alone, also when two come at once', async () => {
  const digest = await issue(randomUUID());
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => read(digest, randomUUID())));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const { reason } of outcomes.filter(({ status }) => status === 'rejected'))
    assert.ok(invalid(reason), reason.message);
});

test('it opens a stream within its minute only, which then lasts as long as the token', async () => {
  const user = randomUUID();
  const [late, open, ended] = [await issue(user), await issue(user), await issue(user)];
  const stream = randomUUID();
  await read(open, stream);
  await scratch.owner.query(
    `update private.event_tickets set expires_at = now() - interval '1 second' where user_id = $1`,
    [user],
  );
  await assert.rejects(read(late, randomUUID()), invalid);
  await read(open, stream);
  await scratch.owner.query(
    `update private.event_tickets set ends_at = now() - interval '1 second', expires_at = now() + interval '1 minute' where user_id = $1`,
    [user],
  );
  await assert.rejects(read(open, stream), invalid);
  await assert.rejects(read(ended, randomUUID()), invalid);
});

test('another user’s job is unknown, and the ticket is not used up by asking', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const job = await enqueue(scratch.edge, ada);
  const [digest, stream] = [await issue(bob), randomUUID()];
  await assert.rejects(read(digest, stream, { p_job_id: job }), refusal(404, 'not_found'));
  await assert.rejects(read(digest, stream, { p_job_id: randomUUID() }), refusal(404, 'not_found'));
  assert.deepEqual((await read(digest, randomUUID())).events, []);
});

test('a stream that has begun never reads another user’s job either', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const job = await enqueue(scratch.edge, ada);
  const [digest, stream] = [await issue(bob), randomUUID()];
  await read(digest, stream);
  assert.deepEqual((await read(digest, stream, { p_job_id: job })).events, []);
});

test('a user has few unused tickets, and old ones are cleared away', async () => {
  const user = randomUUID();
  for (let nth = 0; nth < MOST; nth += 1) await issue(user);
  await assert.rejects(issue(user), refusal(429, 'rate_limited'));
  await scratch.owner.query(
    `update private.event_tickets set expires_at = now() - interval '1 second' where user_id = $1`,
    [user],
  );
  await issue(user);
  const { rows } = await scratch.owner.query(
    'select count(*) as tickets from private.event_tickets where user_id = $1',
    [user],
  );
  assert.deepEqual(rows, [{ tickets: 1 }]);
});

test('what never was a ticket opens nothing', async () => {
  await assert.rejects(read('0'.repeat(64), randomUUID()), invalid);
});
