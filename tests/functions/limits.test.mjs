// The limits of a submit, as a client meets them: the code, when to come back, and nothing left behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { assertRefused, signIn } from '../journeys/client.mjs';
import { runInStack } from '../journeys/nested-stack.mjs';

const MAX_ACTIVE = 50;
const MAX_PER_MINUTE = 120;
const MAX_QUEUED = 10_000;

let database;

before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
});
after(() => database.end());

async function rowsOf(user) {
  const { rows } = await database.query(
    `select (select count(*) from jobs where user_id = $1)::int as jobs,
       (select count(*) from images where user_id = $1)::int as images,
       (select count(*) from usage_logs where user_id = $1)::int as usage,
       (select count(*) from private.credit_postings where user_id = $1)::int as postings,
       (select count(*) from job_events where user_id = $1)::int as events`,
    [user.id],
  );
  return rows[0];
}

/** The refusal, with its `Retry-After`; it must leave no row behind. */
async function refused(user, status, code) {
  const rows = await rowsOf(user);
  const answer = await user.submit('image_fast');
  assertRefused(answer, status, code);
  assert.equal(answer.body.retryable, true);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.deepEqual(await rowsOf(user), rows);
  return answer;
}

test('fifty unfinished jobs are enough', async () => {
  const user = await signIn();
  await Promise.all(Array.from({ length: MAX_ACTIVE }, () => user.submit('image_fast')));
  assert.equal((await rowsOf(user)).jobs, MAX_ACTIVE);
  await refused(user, 429, 'too_many_active_jobs');
});

test('a hundred and twenty submits a minute are enough', async () => {
  const user = await signIn();
  // The window is the minute of the clock: begin early enough in one.
  const second = new Date().getSeconds();
  if (second > 30) await new Promise((resolve) => setTimeout(resolve, (61 - second) * 1000));
  for (let count = 0; count < MAX_PER_MINUTE; count += MAX_ACTIVE / 2) {
    const batch = Math.min(MAX_ACTIVE / 2, MAX_PER_MINUTE - count);
    const made = await Promise.all(Array.from({ length: batch }, () => user.submit('image_fast')));
    for (const { status, body } of made) assert.equal(status, 200, JSON.stringify(body));
    await Promise.all(made.map(({ body }) => user.request('POST', `/api/jobs/${body.job.id}/cancel`)));
  }
  const answer = await refused(user, 429, 'rate_limited');
  assert.match(answer.headers.get('ratelimit'), /r=0;t=\d+/);
  assert.match(answer.headers.get('ratelimit-policy'), /q=120;w=60/);
});

test('a queue that is full says so', async () => {
  const [crowd, user] = [await signIn(), await signIn()];
  await Promise.all([crowd.balance(), user.balance()]);
  await database.query(
    `insert into jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint)
     select gen_random_uuid(), $1, 'image_fast', 'x', 1, 1, 'f' from generate_series(1, $2)`,
    [crowd.id, MAX_QUEUED],
  );
  // How long a long queue is, a pass of the sweep counts.
  const pass = () => database.query('select private.count_measurements($1)', [2 * MAX_QUEUED]);
  try {
    await pass();
    await refused(user, 503, 'queue_full');
  } finally {
    await database.query('delete from jobs where user_id = $1', [crowd.id]);
    await pass();
  }
  assert.equal((await user.submit('image_fast')).status, 200);
});

test('whatever a user may do has a limit of requests', async () => {
  assert.equal(await runInStack({ REQUESTS_PER_MINUTE: '1' }, 'tests/functions/limited.mjs'), 0);
});
