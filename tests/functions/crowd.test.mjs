// Many at once: nothing is lost, nothing is done twice, and the books balance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { call, redis, signIn, until } from '../journeys/client.mjs';

const USERS = 20;
const JOBS_EACH = 10;

let database;

before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
});
after(() => database.end());

async function one(query, values) {
  return (await database.query(query, values)).rows[0];
}

test('two hundred submits of twenty users are two hundred jobs', async () => {
  const users = await Promise.all(Array.from({ length: USERS }, () => signIn()));
  const hints = async () => (await redis('LRANGE', 'sdxl_queue', '0', '-1')).map((hint) => JSON.parse(hint).id);
  const known = new Set(await hints());
  const answers = await Promise.all(
    users.flatMap((user) => Array.from({ length: JOBS_EACH }, () => user.submit('sdxl_image_fast', { num_images: 1 }))),
  );
  for (const answer of answers) assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const ids = new Set(answers.map(({ body }) => body.job.id));
  assert.equal(ids.size, USERS * JOBS_EACH);
  const rows = await one('select count(*)::int as jobs from jobs where id = any($1)', [[...ids]]);
  assert.equal(rows.jobs, ids.size);
  // Hints go out behind the answers.
  const pushed = await until('all hints', async () => {
    const found = (await hints()).filter((id) => !known.has(id));
    return new Set(found).size >= ids.size && found;
  });
  // A push is tried at most twice, the second time when the answer to the first is late; a hint may then stand there
  // twice. None is missing, and none is of nobody's.
  assert.deepEqual(new Set(pushed), ids);
  const most = Math.max(...[...ids].map((id) => pushed.filter((hint) => hint === id).length));
  assert.ok(most <= 2, `a hint was pushed ${most} times`);
  for (const user of users) assert.deepEqual(await user.balance(), { balance: 1000 - JOBS_EACH, held: JOBS_EACH });
  const { sum } = await one('select coalesce(sum(amount), 0)::int as sum from private.credit_postings');
  assert.equal(sum, 0);
});

test('fifty at once on a balance for three: three get through', async () => {
  const user = await signIn();
  await user.balance();
  const body = { user_id: user.id, amount: -997, reason: 'leaves three' };
  await call('POST', '/api/admin/credits', { body, headers: { 'x-admin-secret': process.env.ADMIN_SECRET } });
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => user.submit('sdxl_image_fast', { num_images: 1 })),
  );
  const count = (status) => answers.filter((answer) => answer.status === status).length;
  assert.deepEqual({ taken: count(200), refused: count(402) }, { taken: 3, refused: 47 });
  assert.deepEqual(await user.balance(), { balance: 0, held: 3 });
});

test('one key, ten at once: one job', async () => {
  const user = await signIn();
  const headers = { 'idempotency-key': 'the-very-same' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => user.submit('image_fast', {}, { headers })));
  const taken = answers.filter(({ status }) => status === 200);
  const waiting = answers.filter(({ status }) => status === 409);
  assert.equal(taken.length + waiting.length, 10, JSON.stringify(answers.map(({ status }) => status)));
  assert.equal(new Set(taken.map(({ body }) => body.job.id)).size, 1);
  for (const { headers: told } of waiting) assert.ok(Number(told.get('retry-after')) > 0);
  assert.deepEqual(await user.balance(), { balance: 999, held: 1 });
});
