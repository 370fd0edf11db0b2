// Events: nothing missed, nothing twice, in one order for a job and for a user.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { call, claim, enqueue, submit } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const PAUSE_MS = 300;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

test('a reader misses nothing that commits late', async () => {
  const user = randomUUID();
  await enqueue(scratch.edge, user);
  const reader = scratch.user(user);
  const read = (after) => call(reader, 'my_events', { p_after: after, p_limit: 100 });

  // One submit has taken its number and is slow to commit; another one starts and would overtake it.
  const slow = await scratch.edge.connect();
  await slow.query('begin');
  await call(slow, 'enqueue_job', submit(user));
  let overtakes = false;
  const fast = enqueue(scratch.edge, user).then(() => (overtakes = true));
  await pause();
  const early = await read(0);
  assert.deepEqual(
    early.map(({ cursor }) => cursor),
    [1],
  );
  assert.equal(overtakes, false, 'a later number was visible before an earlier one');
  await slow.query('commit');
  slow.release();
  await fast;
  assert.deepEqual(
    (await read(early.at(-1).cursor)).map(({ cursor }) => cursor),
    [2, 3],
  );
});

test('the number of a transaction that failed is given out again', async () => {
  const user = randomUUID();
  await enqueue(scratch.edge, user);
  const failing = await scratch.edge.connect();
  await failing.query('begin');
  await call(failing, 'enqueue_job', submit(user));
  await failing.query('rollback');
  failing.release();
  await enqueue(scratch.edge, user);
  const events = await call(scratch.user(user), 'my_events', { p_after: 0, p_limit: 100 });
  assert.deepEqual(
    events.map(({ cursor }) => cursor),
    [1, 2],
  );
});

test('under load a reader that polls sees every event once, in order, without a gap', async () => {
  const user = randomUUID();
  const reader = scratch.user(user);
  const jobs = 40;
  let working = true;
  const seen = [];
  const polling = (async () => {
    // Only a read that began after the last write may say by its emptiness that there is no more.
    for (let finished = false; !finished; ) {
      const writersWereDone = !working;
      const events = await call(reader, 'my_events', { p_after: seen.at(-1)?.cursor ?? 0, p_limit: 7 });
      finished = writersWereDone && events.length === 0;
      seen.push(...events);
    }
  })();
  await Promise.all(
    Array.from({ length: jobs }, async (_, n) => {
      const job = await enqueue(scratch.edge, user);
      if (n % 2 === 0) await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
      else await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job });
    }),
  );
  working = false;
  await polling;
  const { rows } = await scratch.owner.query('select count(*) as events from public.job_events where user_id = $1', [
    user,
  ]);
  assert.equal(seen.length, rows[0].events);
  assert.deepEqual(
    seen.map(({ cursor }) => cursor),
    seen.map((_, index) => index + 1),
  );
  const sequences = Map.groupBy ? Map.groupBy(seen, ({ job_id: job }) => job) : groupByJob(seen);
  assert.equal(sequences.size, jobs);
  for (const events of sequences.values())
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
});

function groupByJob(events) {
  const groups = new Map();
  for (const event of events) groups.set(event.job_id, [...(groups.get(event.job_id) ?? []), event]);
  return groups;
}

test('the stream of one job goes on behind its sequence', async () => {
  const user = randomUUID();
  await enqueue(scratch.edge, user);
  const job = await enqueue(scratch.edge, user);
  await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  const read = (after) => call(scratch.user(user), 'my_events', { p_job_id: job, p_after: after, p_limit: 100 });
  const all = await read(0);
  assert.deepEqual(
    all.map(({ cursor, seq, kind }) => [cursor, seq, kind]),
    [
      [1, 1, 'queued'],
      [2, 2, 'processing'],
    ],
  );
  assert.deepEqual(
    (await read(1)).map(({ kind }) => kind),
    ['processing'],
  );
  assert.deepEqual(await read(2), []);
});

test('without a position it is the newest event alone, of the user or of a job', async () => {
  const user = randomUUID();
  const newest = (job) => call(scratch.user(user), 'my_events', { p_job_id: job, p_after: null, p_limit: 100 });
  assert.deepEqual(await newest(null), []);
  const first = await enqueue(scratch.edge, user);
  await call(scratch.edge, 'claim_job', claim({ p_job_id: first }));
  await enqueue(scratch.edge, user);
  assert.deepEqual(
    (await newest(null)).map(({ cursor, kind }) => [cursor, kind]),
    [[3, 'queued']],
  );
  assert.deepEqual(
    (await newest(first)).map(({ cursor, kind }) => [cursor, kind]),
    [[2, 'processing']],
  );
  assert.deepEqual(
    await call(scratch.user(randomUUID()), 'my_events', { p_job_id: first, p_after: null, p_limit: 9 }),
    [],
  );
});
