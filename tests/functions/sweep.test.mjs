// The sweep on workerd, fired through the control port: what was lost is found.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { DOT, redis, signIn, TestWorker, until } from '../journeys/client.mjs';
import { sweep } from './cron.mjs';

// The first pass of a new database only notes that it was here, and spares every lease.
const TICK_MS = 20_000;

let database;

before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  sweep();
  await until(
    'the first pass',
    async () => (await database.query('select last_pass_at from private.sweep_state')).rows[0].last_pass_at,
  );
});
after(() => database.end());

const hintsOf = async (id) =>
  (await redis('LRANGE', 'sdxl_queue', '0', '-1')).map((hint) => JSON.parse(hint)).filter((hint) => hint.id === id);

test('the job of a worker that went silent gets another attempt, and the late result is fenced off', async () => {
  const user = await signIn();
  const worker = new TestWorker();
  const { body } = await user.submit('sdxl_image_fast');
  const claim = (await worker.claim('sdxl_queue', { job_id: body.job.id })).body;
  const key = await worker.upload(claim, 0, DOT);
  await database.query(`update private.leases set until = now() - interval '1 second' where job_id = $1`, [
    body.job.id,
  ]);
  sweep();
  await until('the second attempt', async () => (await user.job(body.job.id)).attempt === 2, TICK_MS);
  const hint = await until(
    'its hint',
    async () => (await hintsOf(body.job.id)).find(({ attempt }) => attempt === 2),
    TICK_MS,
  );

  const next = (await new TestWorker().claim('sdxl_queue', { job_id: body.job.id })).body;
  assert.equal(next.attempt, 2);
  assert.notEqual(next.keys[0].key, key);
  assert.deepEqual(
    hint.keys.map((file) => file.key),
    next.keys.map((file) => file.key),
  );
  const late = await worker.report(claim, { status: 'completed', assets: [key] });
  assert.equal(late.body.ignored, true);
  assert.deepEqual(await user.balance(), { balance: 999, held: 1 });
});

test('lists that Redis has forgotten are built anew from the rows', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast');
  await redis('FLUSHALL');
  sweep();
  await until('the hint', async () => (await hintsOf(body.job.id)).length > 0, TICK_MS);
  assert.equal((await hintsOf(body.job.id)).length, 1);
});

test('an honest backlog is left alone', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast');
  const length = await redis('LLEN', 'sdxl_queue');
  const passes = async () =>
    (await database.query('select last_pass_at from private.sweep_state')).rows[0].last_pass_at.getTime();
  const before = await passes();
  sweep();
  await until('a pass', async () => (await passes()) > before, TICK_MS);
  assert.equal((await hintsOf(body.job.id)).length, 1);
  assert.equal(await redis('LLEN', 'sdxl_queue'), length);
});
