// Parts of the running service are killed under load. Whatever was accepted ends, is paid for once, and is there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WORKER } from '../../tools/stack/serving/services.mjs';
import { startEverything } from './support.mjs';

// A lease lasts 30 s, and the sweep looks each 15 s.
const LOST_WORKER_MS = 60_000;
const JOBS = 4;
// How long a part is away, and how often somebody orders meanwhile.
const OUTAGE_MS = 30_000;
const ORDER_EACH_MS = 2_000;
const LIMIT = Object.freeze({ timeout: 240_000 });

let chaos, client, user;

before(async () => {
  chaos = await startEverything();
  // It reads the stack's variables when it is loaded.
  client = await import('../journeys/client.mjs');
  user = await client.signIn();
  chaos.sweep();
}, LIMIT);
after(() => chaos?.stop());

async function accepted(jobType = 'sdxl_image_fast') {
  const answer = await user.submit(jobType, { num_images: 1 });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

async function load() {
  const answers = await Promise.all(Array.from({ length: JOBS }, () => accepted()));
  return answers.map(({ job }) => job.id);
}

/** All of them completed, in the first attempt unless more are allowed; each picture can be had. */
async function allCompleted(ids, { attempts = 1 } = {}) {
  for (const id of ids) {
    const job = await client.until(
      `job ${id} to end`,
      async () => {
        const { status, body } = await user.request('GET', `/api/jobs/${id}`);
        return status === 200 && ['completed', 'failed', 'canceled'].includes(body.status) ? body : null;
      },
      LIMIT.timeout,
    );
    assert.equal(job.status, 'completed', JSON.stringify(job));
    assert.ok(job.attempt <= attempts, `job ${id} took ${job.attempt} attempts`);
    for (const { url } of job.assets) {
      const picture = await fetch(url);
      assert.equal(picture.status, 200);
      assert.ok((await picture.arrayBuffer()).byteLength > 0);
    }
  }
}

async function booksBalance() {
  const books = await chaos.one(`select
    (select coalesce(sum(amount), 0)::int from private.credit_postings) as sum,
    (select count(*)::int from jobs where charged + released < price_each * num_assets) as open,
    (select count(*)::int from private.leases) as leases,
    (select count(*)::int from private.outbox) as hints,
    (select count(*)::int from jobs where status not in ('completed', 'failed', 'canceled')) as unfinished`);
  assert.deepEqual(books, { sum: 0, open: 0, leases: 0, hints: 0, unfinished: 0 });
  const jobs = await chaos.one('select count(*)::int as all from jobs');
  assert.deepEqual(await user.balance(), { balance: 1000 - jobs.all, held: 0 });
  assert.deepEqual(await chaos.audit(), [], 'no object without its row, no row without its object');
}

test('a worker in the middle of a job', LIMIT, async () => {
  const ids = await load();
  const held = await client.until('a job to be worked on', () => chaos.one('select job_id from private.leases'));
  await chaos.kill(WORKER);
  const killed = performance.now();
  await chaos.start(WORKER);
  const ended = () => chaos.one("select id from jobs where id = $1 and status = 'completed'", [held.job_id]);
  await client.until('the lost job to be made by somebody else', ended, LOST_WORKER_MS);
  console.log(`lost worker: its job was completed ${Math.round(performance.now() - killed)} ms after the kill`);
  await allCompleted(ids, { attempts: 2 });
  await booksBalance();
});

/** Orders for as long as an outage lasts; resolves to the answers. */
async function ordersDuring(milliseconds) {
  const answers = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const pause = new Promise((resolve) => setTimeout(resolve, ORDER_EACH_MS));
    answers.push(await user.submit('sdxl_image_fast', { num_images: 1 }));
    await pause;
  }
  return answers;
}

test('Redis is away for half a minute under load, and comes back without its data', LIMIT, async () => {
  const ids = await load();
  await chaos.kill('redis');
  const answers = await ordersDuring(OUTAGE_MS);
  for (const { status, body } of answers) {
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.warnings, undefined);
  }
  chaos.loseRedisData();
  await chaos.start('redis');
  await allCompleted([...ids, ...answers.map(({ body }) => body.job.id)]);
  await booksBalance();
});

for (const part of ['postgrest', 'postgres']) {
  test(`${part} is away for half a minute under load`, LIMIT, async () => {
    const ids = await load();
    // Somebody is in the middle of a job: its lease runs out while nobody can renew it.
    await client.until('a job to be worked on', () => chaos.one('select job_id from private.leases'));
    await chaos.kill(part);
    for (const refused of await ordersDuring(OUTAGE_MS)) {
      client.assertRefused(refused, 503, 'unavailable');
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
    }
    await chaos.start(part);
    await allCompleted(ids);
    await booksBalance();
  });
}
