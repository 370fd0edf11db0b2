// Reference images: how many a user may have, what an order may take them for, and until when they stay.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { call, countRows, enqueue, refusal, submit } from './support/calls.mjs';
import { now, pass, scratchForEachTest, sql } from './support/sweeping.mjs';

scratchForEachTest();

const BYTES = 1000;
const SEEN = { width: 640, height: 480, bytes: BYTES, etag: 'e1' };
const TYPE = 'the type that it was uploaded for';
const EXPIRED = 'an upload that has not expired';

/** Makes a link and gives its key. */
async function make(user, changes = {}, client = now.scratch.edge) {
  const key = `${user}/${randomUUID()}.png`;
  await call(client, 'make_reference', {
    p_user_id: user,
    p_key: key,
    p_type: 'style',
    p_consent: false,
    p_bytes: BYTES,
    p_most: 10,
    p_most_bytes: 10 * BYTES,
    ...changes,
  });
  return key;
}

/** An order of these references: `[type, key]`, or with a bucket of its own. */
function order(user, references, p_seen, changes = {}) {
  const named = references.map(([type, key, bucket = 'reference_images']) => ({ type, bucket, key, strength: 0.5 }));
  return submit(user, { p_payload: { config: { references: named } }, p_seen, ...changes });
}
const place = (...args) => call(now.scratch.edge, 'enqueue_job', order(...args));
const unseen = (...places) => refusal(409, 'state_conflict', { unseen: places });
const refused = (expected, at = 0) =>
  refusal(400, 'invalid_request', { field: `metadata.references[${at}]`, expected });
const rows = async () => (await sql('select * from private.reference_uploads order by created_at, key')).rows;
const days = async () => {
  const left = 'round(extract(epoch from expires_at - now()) / 86400)::integer';
  return (await sql(`select ${left} as days from private.reference_uploads`)).rows[0].days;
};
/** As if so much time had passed. */
const age = (interval) => sql('update private.reference_uploads set expires_at = expires_at - $1::interval', interval);
const prune = async () => {
  await sql(`update private.sweep_state set pruned_at = '-infinity'`);
  return pass();
};

test('a user has so many references, also when several links are made at once', async () => {
  const user = randomUUID();
  await make(user);
  const made = await Promise.allSettled(Array.from({ length: 5 }, () => make(user, { p_most: 3 })));
  const reasons = made.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  assert.equal(reasons.length, 3);
  const limits = { field: 'references', limit: 3, limitBytes: 10 * BYTES };
  for (const reason of reasons) {
    assert.equal(reason.hint, 'state_conflict');
    assert.deepEqual(JSON.parse(reason.detail), limits);
  }
  assert.equal((await rows()).length, 3);
  await make(randomUUID(), { p_most: 3 });
});

test('a link that is made waits for one that is not done yet, and counts it', async () => {
  const user = randomUUID();
  await make(user, { p_most: 2 });
  const first = await now.scratch.edge.connect();
  try {
    await first.query('begin');
    await make(user, { p_most: 2 }, first);
    const second = make(user, { p_most: 2 }).then(
      () => 'made',
      ({ hint }) => hint,
    );
    await sql('select pg_sleep(0.3)');
    await first.query('commit');
    assert.equal(await second, 'state_conflict');
  } finally {
    first.release();
  }
});

test('and so many bytes, by the sizes that their links are signed for', async () => {
  const user = randomUUID();
  const sizes = Array.from({ length: 5 }, () => make(user, { p_bytes: 4 * BYTES }));
  const made = await Promise.allSettled(sizes);
  assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 2);
  await make(user, { p_bytes: 2 * BYTES });
  await assert.rejects(make(user, { p_bytes: 1 }), { hint: 'state_conflict' });
});

test('there is no character without consent, whoever asks', async () => {
  const user = randomUUID();
  await assert.rejects(make(user, { p_type: 'character' }), { code: '23514' });
  await make(user, { p_type: 'character', p_consent: true });
});

test('what nobody has seen is asked for, with nothing written; what was seen once, never again', async () => {
  const user = randomUUID();
  const [one, two] = [await make(user), await make(user, { p_type: 'composition' })];
  await enqueue(now.scratch.edge, user);
  const before = await countRows(now.scratch.owner);
  const both = [
    ['style', one],
    ['composition', two],
  ];
  await assert.rejects(place(user, both, [null, null]), unseen(0, 1));
  await assert.rejects(place(user, both, [SEEN, null]), unseen(1));
  assert.deepEqual(await countRows(now.scratch.owner), before);
  assert.ok((await rows()).every(({ width }) => width === null));

  await place(user, both, [SEEN, { ...SEEN, etag: null }]);
  assert.deepEqual(
    (await rows()).map(({ width, height, etag }) => [width, height, etag]).sort(),
    [
      [640, 480, 'e1'],
      [640, 480, null],
    ].sort(),
  );
  await place(user, both, [null, null]);
  await place(user, both, [{ ...SEEN, etag: 'e2', width: 1 }, null]);
  assert.ok(
    (await rows()).every(({ width, etag }) => width === 640 && etag !== 'e2'),
    'it stays what it was',
  );
});

test('an upload is ordered by its owner, as its type, and as the file that was announced', async () => {
  const [user, other] = [randomUUID(), randomUUID()];
  const style = await make(user);
  const face = await make(user, { p_type: 'character', p_consent: true });
  await place(user, [['character', face]], [SEEN]);
  await assert.rejects(place(user, [['character', style]], [SEEN]), refused(TYPE));
  await assert.rejects(place(user, [['style', face]], [SEEN]), refused(TYPE));
  await assert.rejects(
    place(
      user,
      [
        ['character', face],
        ['composition', style],
      ],
      [null, SEEN],
    ),
    refused(TYPE, 1),
  );
  await assert.rejects(
    place(user, [['style', style]], [{ ...SEEN, bytes: BYTES + 1 }]),
    refused('the file that its link was made for'),
  );
  // Another's upload counts as none: what its owner has agreed to says nothing.
  await assert.rejects(
    place(other, [['character', face]], [SEEN]),
    refused('an upload that was made as a character, with consent'),
  );
});

test('what came without a link is looked at each time, and never a character', async () => {
  const user = randomUUID();
  for (const name of [`${user}/a.png`, `${user}/character_${randomUUID()}.png`]) {
    await assert.rejects(place(user, [['style', name]], [null]), unseen(0));
    await place(user, [['style', name]], [SEEN]);
    await assert.rejects(place(user, [['style', name]], [null]), unseen(0));
    await assert.rejects(
      place(user, [['character', name]], [SEEN]),
      refused('an upload that was made as a character, with consent'),
    );
  }
  await place(user, [['character', `${user}/result.png`, 'workspace_assets']], [SEEN]);
  assert.deepEqual(await rows(), []);
});

test('where the edge cannot look, the rows decide all the same', async () => {
  const user = randomUUID();
  const style = await make(user);
  await place(user, [['style', style]], null);
  await assert.rejects(place(user, [['character', style]], null), refused(TYPE));
  await place(user, [['style', `${user}/a.png`]], null);
});

test('a known key answers whatever has become of its references', async () => {
  const user = randomUUID();
  const key = { p_idempotency_key: 'k' };
  const references = [['style', await make(user)]];
  const { job } = await place(user, references, [SEEN], key);
  await age('31 days');
  await prune();
  const again = await place(user, references, [null], key);
  assert.deepEqual([again.replayed, again.job.id], [true, job.id]);
});

test('a link outlives every pass of the sweep until its file is there', async () => {
  const user = randomUUID();
  const key = await make(user);
  await prune();
  await age('6 days');
  await prune();
  await place(user, [['style', key]], [SEEN]);
});

test('what no order has used for a week, or for a month after the last, goes with its object', async () => {
  const user = randomUUID();
  const [idle, used] = [await make(user), await make(user)];
  await place(user, [['style', used]], [SEEN]);
  await age('8 days');
  await assert.rejects(place(user, [['style', idle]], [SEEN]), refused(EXPIRED));
  await prune();
  assert.deepEqual(
    (await rows()).map(({ key }) => key),
    [used],
  );
  await assert.rejects(place(user, [['style', idle]], [SEEN]), refused(EXPIRED), 'while its object still lies there');
  await sql('update private.object_deletions set due_at = now()');
  assert.deepEqual((await pass()).objects, [{ bucket: 'reference_images', key: idle }]);

  await place(user, [['style', used]], [null]);
  assert.equal(await days(), 30, 'an order puts it off');
  await age('30 days');
  await prune();
  assert.deepEqual(await rows(), []);
  await assert.rejects(place(user, [['style', used]], [SEEN]), refused(EXPIRED));
});

test('a busy reference is written once a day', async () => {
  const user = randomUUID();
  const key = await make(user);
  await place(user, [['style', key]], [SEEN]);
  const versions = async () => (await sql('select ctid::text from private.reference_uploads')).rows;
  const before = await versions();
  await place(user, [['style', key]], [null]);
  assert.deepEqual(await versions(), before);
  await age('25 hours');
  await place(user, [['style', key]], [null]);
  assert.equal(await days(), 30);
});

test('a pass leaves alone what an order is about to use', async () => {
  const user = randomUUID();
  const key = await make(user);
  await sql(`update private.reference_uploads set expires_at = now() + interval '1 second'`);
  const client = await now.scratch.edge.connect();
  try {
    await client.query('begin');
    await call(client, 'enqueue_job', order(user, [['style', key]], [SEEN]));
    await sql('select pg_sleep(1.1)');
    await prune();
    await client.query('commit');
  } finally {
    client.release();
  }
  assert.equal(await days(), 30);
});

test('a redrive is told what was seen as an order is', async () => {
  const user = randomUUID();
  const key = await make(user);
  const { job } = await place(user, [['style', key]], [SEEN]);
  await sql('update private.reference_uploads set width = null, height = null');
  const again = (p_seen) =>
    call(now.scratch.edge, 'redrive_job', {
      p_actor: 'operator',
      p_order: order(user, [['style', key]], p_seen, { p_retry_of: job.id }),
    });
  await assert.rejects(again([null]), unseen(0));
  assert.notEqual((await again([SEEN])).job.id, job.id);
});
