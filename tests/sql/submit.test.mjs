// enqueue_job: what it writes, what it refuses, and that a refusal leaves nothing behind.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { call, countRows, earlyInTheMinute, enqueue, jobRow, ledgerFaults, refusal, submit } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const enqueueJob = (user, changes) => call(scratch.edge, 'enqueue_job', submit(user, changes));

test('a submit writes everything that belongs to it', async () => {
  await earlyInTheMinute();
  const user = randomUUID();
  const before = await countRows(scratch.owner);
  const reply = await enqueueJob(user, {
    p_metadata: { model_variant: 'variant', dual_worker_routing: true, negative_prompt_supported: true },
  });
  const after = await countRows(scratch.owner);
  const grown = Object.fromEntries(
    Object.entries(after).flatMap(([name, rows]) => (rows > before[name] ? [[name, rows - before[name]]] : [])),
  );
  assert.deepEqual(grown, {
    'private.accounts': 1,
    'private.credit_events': 2,
    'private.job_payloads': 1,
    'private.outbox': 1,
    'public.images': 3,
    'public.job_events': 1,
    'public.jobs': 1,
    'public.profiles': 1,
  });
  assert.equal(reply.replayed, false);
  assert.deepEqual(
    reply.images.map(({ image_index: index }) => index),
    [0, 1, 2],
  );
  assert.equal(reply.video, null);
  assert.equal(reply.remaining, 119);
  assert.ok(reply.reset_seconds >= 0 && reply.reset_seconds <= 60);
  assert.ok(reply.position >= 1 && reply.eta_seconds >= 15);
  assert.deepEqual(
    { status: reply.job.status, attempt: reply.job.attempt, version: reply.job.version, assets: reply.job.num_assets },
    { status: 'queued', attempt: 1, version: 1, assets: 3 },
  );
  assert.match(reply.job.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const { rows } = await scratch.owner.query(
    'select credits_consumed, metadata from public.usage_logs where job_id = $1',
    [reply.job.id],
  );
  assert.equal(rows[0].credits_consumed, 3);
  assert.deepEqual(rows[0].metadata, {
    queue: 'sdxl_queue',
    job_id: reply.job.id,
    project_id: null,
    image_id: null,
    video_id: null,
    model_type: 'sdxl_image_fast',
    model_variant: 'variant',
    dual_worker_routing: true,
    negative_prompt_supported: true,
    usage_timestamp: null,
  });
  assert.deepEqual(await call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 1000 }), {
    balance: 997,
    held: 3,
    active_jobs: 1,
    total_jobs: 1,
    credits_spent: 0,
  });
});

test('a video has one row of its own', async () => {
  const reply = await enqueueJob(randomUUID(), { p_job_type: 'video_high', p_num_assets: 1, p_price_each: 8 });
  assert.deepEqual(reply.images, []);
  assert.equal(reply.video.image_index, 0);
});

/** Refusals, each with what must be so before. */
async function refusals() {
  const user = randomUUID();
  const other = randomUUID();
  const theirs = await enqueue(scratch.edge, other);
  const { rows: images } = await scratch.owner.query('select id from public.images where job_id = $1', [theirs]);
  const { rows: projects } = await scratch.owner.query(
    'insert into public.projects (user_id) values ($1) returning id',
    [other],
  );
  await enqueueJob(user, { p_idempotency_key: 'used' });
  return [
    [
      user,
      { p_num_assets: 6, p_price_each: 200 },
      refusal(402, 'insufficient_credits', { balance: 997, required: 1200 }),
    ],
    [randomUUID(), { p_starting_credits: 2 }, refusal(402, 'insufficient_credits', { balance: 2, required: 3 })],
    [user, { p_project_id: projects[0].id }, refusal(404, 'not_found', { field: 'projectId' })],
    [user, { p_image_id: images[0].id }, refusal(404, 'not_found', { field: 'imageId' })],
    [user, { p_video_id: randomUUID() }, refusal(404, 'not_found', { field: 'videoId' })],
    [user, { p_retry_of: theirs }, refusal(404, 'not_found', { field: 'retryOf' })],
    [user, { p_idempotency_key: 'used', p_fingerprint: 'other' }, refusal(422, 'idempotency_mismatch', {})],
    [user, { p_max_active: 1 }, refusal(429, 'too_many_active_jobs', { limit: 1, retryAfterSeconds: 30 })],
    [user, { p_max_per_minute: 1 }, refusal(429, 'rate_limited')],
    [user, { p_max_queued: 1 }, refusal(503, 'queue_full', { retryAfterSeconds: 30 })],
    // What is no job type has no queue.
    [user, { p_job_type: 'sdxl_image_slow' }, { code: '23502' }],
    [user, { p_num_assets: 2 }, { code: '23514' }],
    [user, { p_job_type: 'image_fast', p_num_assets: 3 }, { code: '23514' }],
    [user, { p_price_each: 0 }, { code: '23514' }],
    [user, { p_prompt: 'x'.repeat(2001) }, { code: '23514' }],
  ];
}

test('nothing is left behind by any refusal', async () => {
  await earlyInTheMinute();
  for (const [user, changes, expected] of await refusals()) {
    const before = await countRows(scratch.owner);
    await assert.rejects(enqueueJob(user, changes), expected, JSON.stringify(changes));
    assert.deepEqual(await countRows(scratch.owner), before, JSON.stringify(changes));
  }
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('the limits count what they say', async () => {
  await earlyInTheMinute();
  const user = randomUUID();
  const limits = { p_max_active: 2, p_max_per_minute: 3 };
  const first = await enqueueJob(user, limits);
  assert.equal(first.remaining, 2);
  await enqueueJob(user, limits);
  await assert.rejects(enqueueJob(user, limits), refusal(429, 'too_many_active_jobs'));
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: first.job.id });
  assert.equal((await enqueueJob(user, limits)).remaining, 0);
  await assert.rejects(enqueueJob(user, { ...limits, p_max_active: 50 }), (error) => {
    const { limit, retryAfterSeconds } = JSON.parse(error.detail);
    return refusal(429, 'rate_limited')(error) && limit === 3 && retryAfterSeconds > 0 && retryAfterSeconds <= 60;
  });
  // The next minute is a new one.
  await scratch.owner.query(
    `update private.accounts set window_start = window_start - interval '1 minute' where user_id = $1`,
    [user],
  );
  assert.equal((await enqueueJob(user, { ...limits, p_max_active: 50 })).remaining, 2);
});

test('an idempotency key gives the first job again, before any limit and with no credits', async () => {
  const user = randomUUID();
  const changes = { p_idempotency_key: 'once', p_starting_credits: 3 };
  const first = await enqueueJob(user, changes);
  const again = await enqueueJob(user, { ...changes, p_max_active: 0, p_max_queued: 0, p_max_per_minute: 0 });
  assert.equal(again.replayed, true);
  assert.deepEqual(again.job, first.job);
  assert.deepEqual(again.images, first.images);
  // Keys are a user's own, and a refused request does not use one up.
  assert.equal((await enqueueJob(randomUUID(), changes)).replayed, false);
  const poor = randomUUID();
  await assert.rejects(
    enqueueJob(poor, { p_idempotency_key: 'k', p_starting_credits: 0 }),
    refusal(402, 'insufficient_credits'),
  );
  assert.equal((await enqueueJob(poor, { p_idempotency_key: 'k' })).replayed, false);
});

test('the same job id again, for when the answer to a commit was lost, makes nothing new', async () => {
  const user = randomUUID();
  const job = randomUUID();
  const first = await enqueueJob(user, { p_job_id: job });
  const before = await countRows(scratch.owner);
  const again = await enqueueJob(user, { p_job_id: job });
  assert.deepEqual(again.job, first.job);
  assert.equal(again.replayed, false);
  assert.deepEqual(await countRows(scratch.owner), before);
});

test('of twenty requests at once with one key one makes the job and all get it', async () => {
  const user = randomUUID();
  const replies = await Promise.all(Array.from({ length: 20 }, () => enqueueJob(user, { p_idempotency_key: 'race' })));
  assert.equal(new Set(replies.map(({ job }) => job.id)).size, 1);
  assert.equal(replies.filter(({ replayed }) => !replayed).length, 1);
  const { rows } = await scratch.owner.query('select count(*) as jobs from public.jobs where user_id = $1', [user]);
  assert.equal(rows[0].jobs, 1);
});

test('a second request waits for the first for two seconds, then is told to come back', async () => {
  const user = randomUUID();
  const slow = await scratch.edge.connect();
  try {
    await slow.query('begin');
    await call(slow, 'enqueue_job', submit(user, { p_idempotency_key: 'slow' }));
    const start = performance.now();
    await assert.rejects(enqueueJob(user, { p_idempotency_key: 'slow' }), refusal(409, 'idempotency_in_progress'));
    const waited = performance.now() - start;
    assert.ok(waited > 1900 && waited < 4000, `${waited} ms`);
    await slow.query('commit');
    assert.equal((await enqueueJob(user, { p_idempotency_key: 'slow' })).replayed, true);
  } finally {
    slow.release();
  }
});

test('fifty submits at once on a balance for three make three jobs', async () => {
  const user = randomUUID();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => enqueueJob(user, { p_num_assets: 1, p_price_each: 2, p_starting_credits: 7 })),
  );
  const made = outcomes.filter(({ status }) => status === 'fulfilled');
  assert.equal(made.length, 3);
  for (const { reason } of outcomes.filter(({ status }) => status === 'rejected')) {
    assert.ok(refusal(402, 'insufficient_credits', { balance: 1, required: 2 })(reason), reason.message);
  }
  const { rows } = await scratch.owner.query('select available, held from private.accounts where user_id = $1', [user]);
  assert.deepEqual(rows[0], { available: 1, held: 6 });
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('two hundred submits at once by twenty users make two hundred jobs and the right balances', async () => {
  const users = Array.from({ length: 20 }, () => randomUUID());
  await Promise.all(users.flatMap((user) => Array.from({ length: 10 }, () => enqueueJob(user))));
  const { rows } = await scratch.owner.query(
    `select count(*) as users, sum(total_jobs)::bigint as jobs, min(available) as least, max(available) as most
     from private.accounts where user_id = any ($1)`,
    [users],
  );
  assert.deepEqual(rows[0], { users: 20, jobs: 200, least: 970, most: 970 });
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('a push of the sweep counts only for the attempt that was pushed', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  const pushes = async () =>
    (await scratch.owner.query('select pushes, pushed_at from private.outbox where job_id = $1', [job])).rows[0];
  const byOrder = await pushes();
  assert.equal(byOrder.pushes, 0);
  assert.ok(byOrder.pushed_at, 'the order is taken at its word');
  const push = (attempt) => call(scratch.edge, 'sweep_done', { p_pushed: [{ job_id: job, attempt }], p_deleted: [] });
  await push(2);
  assert.deepEqual(await pushes(), byOrder);
  await push(1);
  assert.equal((await pushes()).pushes, 1);
});

test('starting credits come once, also when an operator granted some before', async () => {
  const user = randomUUID();
  const grant = { p_actor: 'operator', p_user_id: user, p_amount: 5, p_reason: 'a gift', p_request_id: randomUUID() };
  assert.deepEqual(await call(scratch.edge, 'admin_grant_credits', grant), { balance: 5, held: 0 });
  assert.deepEqual(await call(scratch.edge, 'admin_grant_credits', grant), { balance: 5, held: 0 });
  const account = () => call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 10 });
  assert.equal((await account()).balance, 15);
  assert.equal((await account()).balance, 15);
  const change = (changes) => call(scratch.edge, 'admin_grant_credits', { ...grant, ...changes });
  await assert.rejects(change({ p_amount: 6 }), refusal(422, 'idempotency_mismatch'));
  await assert.rejects(
    change({ p_request_id: 'b', p_amount: -16 }),
    refusal(402, 'insufficient_credits', { balance: 15, required: 16 }),
  );
  for (const amount of [0, '-9223372036854775808', '9223372036854775807'])
    await assert.rejects(change({ p_request_id: 'c', p_amount: amount }), refusal(400, 'invalid_request'));
  assert.deepEqual(await change({ p_request_id: 'd', p_amount: -15 }), { balance: 0, held: 0 });
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('a user’s first twenty requests at once make one account', async () => {
  const user = randomUUID();
  const accounts = await Promise.all(
    Array.from({ length: 20 }, () => call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 10 })),
  );
  assert.deepEqual([...new Set(accounts.map(({ balance }) => balance))], [10]);
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('a retry and its sources are recorded', async () => {
  const user = randomUUID();
  const first = await enqueueJob(user);
  const { rows } = await scratch.owner.query(
    'insert into public.projects (user_id, enhanced_prompt) values ($1, $2) returning id',
    [user, 'better'],
  );
  const job = await enqueue(scratch.edge, user, {
    p_retry_of: first.job.id,
    p_image_id: first.images[0].id,
    p_project_id: rows[0].id,
  });
  const row = await jobRow(scratch.owner, job);
  assert.deepEqual([row.retry_of, row.image_id, row.project_id], [first.job.id, first.images[0].id, rows[0].id]);
  const prompts = (project, owner) => call(scratch.edge, 'project_prompt', { p_user_id: owner, p_project_id: project });
  assert.deepEqual(await prompts(rows[0].id, user), {
    enhanced_prompt: 'better',
    original_prompt: null,
    character_id: null,
  });
  assert.equal(await prompts(rows[0].id, randomUUID()), null);
});

const refuse = (user, surface = 'queue_job') =>
  call(scratch.edge, 'record_policy_event', { p_user_id: user, p_surface: surface, p_job_id: null });
const strikesOf = async (user) =>
  (await call(scratch.edge, 'admin_strikes')).find(({ user_id: id }) => id === user) ?? null;
const passDays = (user, days) =>
  scratch.owner.query(
    `update private.accounts set last_strike_at = last_strike_at - $2 * interval '1 day',
       blocked_until = blocked_until - $2 * interval '1 day' where user_id = $1`,
    [user, days],
  );

test('a policy refusal is counted, for new users too, and keeps no text', async () => {
  const user = randomUUID();
  for (const surface of ['queue_job', 'enhance_prompt', 'project', 'asset', 'callback']) await refuse(user, surface);
  const { strikes, suspended } = await strikesOf(user);
  assert.deepEqual({ strikes, suspended }, { strikes: 4, suspended: false }, 'what a worker wrote is no strike');
  await assert.rejects(refuse(user, 'elsewhere'), { code: '23514' });
});

test('three refusals are forgiven, the fourth stops orders for a while, and each further one for longer', async () => {
  const user = randomUUID();
  for (const _ of [1, 2, 3]) assert.equal(await refuse(user), null);
  await enqueue(scratch.edge, user);
  assert.equal(await refuse(user), null, 'the fourth is answered as what it is');
  await assert.rejects(enqueue(scratch.edge, user), { code: 'PT429', hint: 'rate_limited' });
  const pauses = [];
  for (let strike = 5; strike <= 11; strike += 1) {
    const { retry_after_seconds: seconds, suspended } = await refuse(user);
    assert.equal(suspended, false);
    pauses.push(Math.round(seconds / 60));
  }
  assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 60]);
});

test('twelve refusals suspend orders until an operator resumes, who forgives them', async () => {
  const user = randomUUID();
  for (let strike = 1; strike <= 12; strike += 1) await refuse(user);
  await passDays(user, 1);
  assert.deepEqual(await refuse(user), { suspended: true }, 'time alone does not end it');
  await assert.rejects(enqueue(scratch.edge, user), { code: 'PT403', hint: 'account_suspended' });
  assert.equal((await strikesOf(user)).suspended, true);

  const resume = { p_actor: 'ops', p_paused: false, p_user_id: user, p_reason: 'a doctor, as they wrote' };
  await call(scratch.edge, 'admin_pause', resume);
  await enqueue(scratch.edge, user);
  assert.equal(await refuse(user), null);
  const { rows } = await scratch.owner.query('select action, reason from private.admin_actions where user_id = $1', [
    user,
  ]);
  assert.deepEqual(rows, [{ action: 'resume', reason: 'a doctor, as they wrote' }]);
});

test('a strike is forgiven with each day that passes', async () => {
  const user = randomUUID();
  for (let day = 0; day < 40; day += 1) {
    assert.equal(await refuse(user), null, `day ${day}`);
    await passDays(user, 1);
  }
});

test('an operator may stop the orders of a user who is known', async () => {
  const user = randomUUID();
  const pause = { p_actor: 'ops', p_paused: true, p_user_id: user };
  await assert.rejects(call(scratch.edge, 'admin_pause', pause), { code: 'PT404' });
  await enqueue(scratch.edge, user);
  await call(scratch.edge, 'admin_pause', pause);
  await assert.rejects(enqueue(scratch.edge, user), { code: 'PT403', hint: 'account_suspended' });
});

test('two refusals at once are two strikes', async () => {
  const user = randomUUID();
  await Promise.all([refuse(user), refuse(user), refuse(user), refuse(user)]);
  assert.equal((await strikesOf(user)).strikes, 4);
});

test('refusals become counts when they are old', async () => {
  const user = randomUUID();
  for (const surface of ['queue_job', 'queue_job', 'asset']) await refuse(user, surface);
  await scratch.owner.query(`update private.policy_events set created_at = '2026-01-01T12:00:00Z' where user_id = $1`, [
    user,
  ]);
  for (const _ of [1, 2]) await scratch.owner.query('select private.prune(1000)');
  const { rows } = await scratch.owner.query(
    `select surface, refusals::int from private.policy_counts where day = '2026-01-01' order by surface`,
  );
  assert.deepEqual(rows, [
    { surface: 'asset', refusals: 1 },
    { surface: 'queue_job', refusals: 2 },
  ]);
  const { rowCount } = await scratch.owner.query('select from private.policy_events where user_id = $1', [user]);
  assert.equal(rowCount, 0);
});
