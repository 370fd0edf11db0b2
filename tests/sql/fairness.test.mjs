// Whose turn it is: users in turn, priorities among a user's own jobs, and whoever waits is served in the end.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { call, claim, emptyQueues, enqueue, sweep } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const TURN_SECONDS = 600;

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());
beforeEach(() => emptyQueues(scratch));

const claimJob = (changes) => call(scratch.edge, 'claim_job', claim(changes));
const ordered = (user, changes) =>
  enqueue(scratch.edge, user, { p_num_assets: 1, p_starting_credits: 100_000, ...changes });
const expedite = (job, expedited = true) =>
  call(scratch.edge, 'admin_expedite', { p_actor: 'an operator', p_job_id: job, p_expedited: expedited });
const waited = (job, seconds) =>
  scratch.owner.query(`update public.jobs set created_at = now() - $2 * interval '1 second' where id = $1`, [
    job,
    seconds,
  ]);

/** Claims until nothing is left, and tells the order. */
async function order() {
  const jobs = [];
  for (let claimed = await claimJob(); claimed; claimed = await claimJob()) jobs.push(claimed.job_id);
  return jobs;
}

test('a priority orders the jobs of its user and nobody else is passed by it', async () => {
  const [anna, boris] = [randomUUID(), randomUUID()];
  const his = await ordered(boris, { p_priority: -10 });
  const low = await ordered(anna, { p_priority: -10 });
  const high = await ordered(anna, { p_priority: 10 });
  assert.deepEqual(await order(), [his, high, low]);
});

test("of a user's own jobs short ones go before long ones, unless a priority says otherwise", async () => {
  const user = randomUUID();
  const long = await ordered(user, { p_num_assets: 6 });
  const short = await ordered(user);
  const urgent = await ordered(user, { p_num_assets: 6, p_priority: 1 });
  assert.deepEqual(await order(), [urgent, short, long]);
});

test('what an operator expedites goes before everything, until it is put back in its turn', async () => {
  const [anna, boris] = [randomUUID(), randomUUID()];
  const old = await ordered(boris, { p_priority: 10 });
  await waited(old, 12 * 3600);
  const others = [await ordered(anna, { p_priority: 10 }), await ordered(anna)];
  const urgent = await ordered(anna, { p_priority: -10, p_num_assets: 6 });
  await expedite(urgent);
  assert.equal((await viewOf(anna, urgent)).position, 1);
  await expedite(urgent, false);
  assert.equal((await viewOf(anna, urgent)).position, 4);
  await expedite(urgent);
  assert.deepEqual(await order(), [urgent, old, ...others]);
});

test('in a long queue of many users too, and it is told so', async () => {
  const users = Array.from({ length: 120 }, () => randomUUID());
  for (const user of users) await ordered(user, { p_priority: 10 });
  const own = await Promise.all(Array.from({ length: 20 }, () => ordered(users[60])));
  await expedite(own.at(-1));
  await call(scratch.edge, 'sweep_pass', sweep({ p_sdxl_length: 1_000_000 }));
  assert.equal((await viewOf(users[60], own.at(-1))).position, 1);
  assert.equal((await claimJob()).job_id, own.at(-1));
});

test('what is expedited does not pass what has waited for a day', async () => {
  const victim = await ordered(randomUUID());
  await waited(victim, 24 * 3600 + TURN_SECONDS);
  const urgent = await ordered(randomUUID());
  await expedite(urgent);
  assert.deepEqual(await order(), [victim, urgent]);
});

test('a flood of urgent jobs by many does not keep one who waits from a turn', async () => {
  const victim = await ordered(randomUUID());
  await waited(victim, 20 * 3600);
  for (const user of Array.from({ length: 12 }, () => randomUUID()))
    await Promise.all(Array.from({ length: 45 }, () => ordered(user, { p_priority: 10 })));
  assert.equal((await claimJob()).job_id, victim);
});

test('a newcomer is served before a second job of those who are served already', async () => {
  const users = Array.from({ length: 12 }, () => randomUUID());
  for (const user of users) await Promise.all(Array.from({ length: 45 }, () => ordered(user, { p_priority: 10 })));
  const newcomer = randomUUID();
  await ordered(newcomer);
  const served = [];
  for (let nth = 0; nth <= users.length; nth += 1) served.push((await claimJob()).user_id);
  assert.deepEqual(new Set(served), new Set([...users, newcomer]));
});

test("what was ordered a turn for each of its owner's jobs later never goes first", async () => {
  const users = Array.from({ length: 5 }, () => randomUUID());
  const jobs = new Map();
  let seed = 7;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  for (let nth = 0; nth < 80; nth += 1) {
    // One of them orders half of all, at the highest priority.
    const user = random(2) ? users[0] : users[random(users.length)];
    const job = await ordered(user, { p_priority: user === users[0] ? 10 : random(21) - 10 });
    const age = random(4 * 3600) + 30;
    await waited(job, age);
    jobs.set(job, { user, age });
  }
  const running = new Map();
  while (jobs.size > 0) {
    const { job_id: next } = await claimJob();
    const { user, age } = jobs.get(next);
    jobs.delete(next);
    for (const [job, other] of jobs) {
      const own = [...jobs.values()].filter((one) => one.user === other.user).length;
      const turn = (running.get(other.user) ?? 0) + own;
      assert.ok(other.age < age + TURN_SECONDS * turn, `${job} has waited ${other.age} s, ${next} ${age} s`);
    }
    running.set(user, (running.get(user) ?? 0) + 1);
  }
});

test('more users than one look takes in are all served', async () => {
  const users = 260;
  for (let nth = 0; nth < users; nth += 1) await ordered(randomUUID());
  const served = await Promise.all(Array.from({ length: 20 }, () => claimJob()));
  assert.equal(new Set(served.map((claimed) => claimed.job_id)).size, 20);
  assert.equal((await order()).length, users - 20);
});

const readers = new Map();
async function viewOf(user, job) {
  if (!readers.has(user)) readers.set(user, scratch.user(user));
  return call(readers.get(user), 'my_job', { p_job_id: job });
}

test('in a short queue a position says when the job is claimed, whatever others think is urgent', async () => {
  const users = Array.from({ length: 4 }, () => randomUUID());
  const owners = new Map();
  for (let nth = 0; nth < 24; nth += 1) {
    const user = users[nth % 3 === 0 ? nth % 4 : 0];
    const job = await ordered(user, { p_priority: ((nth * 7) % 21) - 10, p_num_assets: nth % 2 ? 1 : 6 });
    await waited(job, (nth * 577) % 3000);
    owners.set(job, user);
  }
  // Who runs a job has one turn less than it seems from what waits.
  owners.delete((await claimJob()).job_id);
  while (owners.size > 0) {
    const positions = await Promise.all([...owners].map(async ([job, user]) => (await viewOf(user, job)).position));
    assert.deepEqual(
      positions.toSorted((a, b) => a - b),
      Array.from(positions, (_, index) => index + 1),
    );
    const { job_id: next } = await claimJob();
    assert.equal(positions[[...owners.keys()].indexOf(next)], 1);
    owners.delete(next);
  }
});

test('in a long queue a position is about right, for a newcomer and for the last of a flood', async () => {
  const users = Array.from({ length: 10 }, () => randomUUID());
  const floods = await Promise.all(
    users.map(async (user) => {
      const jobs = [];
      for (let nth = 0; nth < 40; nth += 1) jobs.push(await ordered(user, { p_priority: 10 }));
      return jobs;
    }),
  );
  const newcomer = randomUUID();
  const job = await ordered(newcomer);
  await call(scratch.edge, 'sweep_pass', sweep({ p_sdxl_length: 1_000_000 }));
  const view = await viewOf(newcomer, job);
  // One job of each of ten users goes before it.
  assert.ok(view.position >= 5 && view.position <= 20, `the newcomer is at ${view.position}`);
  assert.match(view.waiting_for, /^no worker|^about \d+ jobs that go first$/);
  const { position: last } = await viewOf(users[3], floods[3].at(-1));
  assert.ok(last >= 300 && last <= 400, `the last of a flood is at ${last}`);
});

test('a pass notes how many users wait in a long queue, and forgets it of a short one', async () => {
  const noted = async () => {
    await call(scratch.edge, 'sweep_pass', sweep({ p_sdxl_length: 1_000_000 }));
    const { rows } = await scratch.owner.query(`
      select waiting_users as users from private.queue_settings where queue = 'sdxl_queue'`);
    return rows[0].users;
  };
  for (const user of Array.from({ length: 3 }, () => randomUUID()))
    await Promise.all(Array.from({ length: 33 }, () => ordered(user)));
  assert.equal(await noted(), null, 'each job of a hundred has its exact position');
  await Promise.all(Array.from({ length: 2 }, () => ordered(randomUUID())));
  assert.equal(await noted(), 5);
  await order();
  assert.equal(await noted(), null);
});
