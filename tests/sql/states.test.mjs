// The table of states, and the guards that hold every writer to it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { enqueue, jobRow } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const STATES = ['queued', 'processing', 'completed', 'failed', 'canceled'];
const CHECK_VIOLATION = '23514';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

/** The pairs that the edge allows, as its own test of the table spells them out. */
function pairsInRust() {
  const path = new URL('../../shared/core/src/state/mod.rs', import.meta.url);
  const pairs = [...fs.readFileSync(fileURLToPath(path), 'utf8').matchAll(/^(\w+) -> (\w+)$/gm)];
  return new Set(pairs.map(([, from, to]) => `${from} ${to}`));
}

// The columns that belong to a state.
function inState(state) {
  const ended = ['completed', 'failed', 'canceled'].includes(state);
  const failed = state === 'failed';
  return `status = '${state}', completed_at = ${ended ? 'now()' : 'null'}, released = ${ended ? 3 : 0}, error_code = ${failed ? `'x'` : 'null'}, error_message = ${failed ? `'x'` : 'null'}`;
}

/** Whether a row may go from one state to another; nothing stays. */
async function mayBecome({ table, condition, columns }, from, to) {
  const client = await scratch.owner.connect();
  try {
    await client.query('begin');
    if (from !== 'queued') await client.query(`update ${table} set ${columns(from)} where ${condition}`);
    await client.query(`update ${table} set ${columns(to)} where ${condition}`);
    return true;
  } catch (error) {
    assert.equal(error.code, CHECK_VIOLATION, error.message);
    return false;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

test('all pairs of states, for jobs, images and videos, are those of the edge', async () => {
  const user = randomUUID();
  const image = await enqueue(scratch.edge, user);
  const video = await enqueue(scratch.edge, user, { p_job_type: 'video_fast', p_num_assets: 1 });
  const expected = pairsInRust();
  assert.equal(expected.size, 8);
  const rows = [
    { table: 'public.jobs', condition: `id = '${image}'`, columns: inState },
    {
      table: 'public.images',
      condition: `job_id = '${image}'`,
      columns: (state) => `status = '${state}', image_url = 'x'`,
    },
    {
      table: 'public.videos',
      condition: `job_id = '${video}'`,
      columns: (state) => `status = '${state}', video_url = 'x'`,
    },
  ];
  for (const row of rows) {
    for (const from of STATES) {
      for (const to of STATES.filter((state) => state !== from)) {
        assert.equal(await mayBecome(row, from, to), expected.has(`${from} ${to}`), `${row.table}: ${from} -> ${to}`);
      }
    }
  }
});

test('an attempt grows by one and only by requeueing', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  const attempt = (sql) => scratch.owner.query(`update public.jobs set ${sql} where id = '${job}'`);
  await assert.rejects(attempt('attempt = 3'), { code: CHECK_VIOLATION });
  await attempt(`status = 'processing'`);
  await assert.rejects(attempt('attempt = 2'), { code: CHECK_VIOLATION });
  await assert.rejects(attempt(`status = 'queued', attempt = 3`), { code: CHECK_VIOLATION });
  await attempt(`status = 'queued', attempt = 2`);
  await attempt(`status = 'processing'`);
  // Given back: another worker takes the same attempt.
  await attempt(`status = 'queued'`);
  await assert.rejects(attempt('attempt = 1'), { code: CHECK_VIOLATION });
});

test('each write of a job raises its version, whatever the writer says', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  assert.equal((await jobRow(scratch.owner, job)).version, 1);
  await scratch.owner.query('update public.jobs set priority = 1, version = 77 where id = $1', [job]);
  assert.equal((await jobRow(scratch.owner, job)).version, 2);
});

test('rows begin queued', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  await assert.rejects(
    scratch.owner.query(
      `insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, status, completed_at)
       values (gen_random_uuid(), $1, 'image_fast', 'x', 1, 1, 'f', 'completed', now())`,
      [user],
    ),
    { code: CHECK_VIOLATION },
  );
  await assert.rejects(
    scratch.owner.query(
      `insert into public.images (job_id, user_id, image_index, quality, status, image_url)
       values ($1, $2, 5, 'fast', 'completed', 'x')`,
      [job, user],
    ),
    { code: CHECK_VIOLATION },
  );
});

test('the ledger cannot be edited, and nothing happens twice in it', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  for (const sql of [
    'update private.credit_events set amount = amount + 1',
    'delete from private.credit_events',
    'truncate private.credit_events',
  ]) {
    await assert.rejects(scratch.owner.query(sql), sql);
  }
  for (const [columns, values] of [
    ['kind, amount, request_id', `'grant', 0, 'r'`],
    ['kind, amount, job_id', `'charge', -5, '${job}'`],
    ['kind, amount, job_id', `'hold', 5, '${job}'`],
    ['kind, amount', `'starting', 5`],
    ['kind, amount', `'charge', 5`],
  ]) {
    await assert.rejects(
      scratch.owner.query(`insert into private.credit_events (user_id, ${columns}) values ('${user}', ${values})`),
      values,
    );
  }
});

test('a job is never charged and given back more than it holds, and holds nothing when it has ended', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  for (const change of [
    'charged = 4',
    'charged = 2, released = 2',
    'charged = -1, released = 1',
    `charged = 2, status = 'completed', completed_at = now()`,
  ]) {
    await assert.rejects(
      scratch.owner.query(`update public.jobs set ${change} where id = $1`, [job]),
      { code: CHECK_VIOLATION },
      change,
    );
  }
});
