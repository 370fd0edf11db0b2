// API keys: whose they are, what they read, what their orders may cost, and that a revoked one is nobody's.

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, jobRow, refusal, settle, submit } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const MOST = 3;
const INSUFFICIENT_PRIVILEGE = '42501';
const gone = refusal(401, 'unauthorized', { reason: 'key_unknown' });

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

async function create(user, changes = {}) {
  const digest = createHash('sha256').update(randomUUID()).digest('hex');
  const key = await call(scratch.edge, 'create_api_key', {
    p_user_id: user,
    p_key_id: randomUUID(),
    p_digest: digest,
    p_prefix: 'ovz_ab2d',
    p_name: 'CI',
    p_scopes: ['orders', 'read'],
    p_most: MOST,
    ...changes,
  });
  return { ...key, digest };
}
const use = (digest) => call(scratch.edge, 'use_api_key', { p_digest: digest });
const revoke = (user, id) => call(scratch.edge, 'revoke_api_key', { p_user_id: user, p_key_id: id });
const orderBy = (user, key, changes) => enqueue(scratch.edge, user, { p_api_key_id: key.id, ...changes });
const spent = async (user) => (await call(scratch.user(user), 'my_api_keys'))[0].spent_this_month;
const setKey = (id, set) => scratch.owner.query(`update private.api_keys set ${set} where id = $1`, [id]);

test('a key is its owner’s, shown without what makes it one', async () => {
  const user = randomUUID();
  const { digest, ...key } = await create(user, { p_monthly_limit: 10, p_expires_in_days: 30 });
  assert.deepEqual(await call(scratch.user(user), 'my_api_keys'), [key]);
  assert.ok(!JSON.stringify(key).includes(digest));
  assert.deepEqual([key.monthly_limit, key.spent_this_month, key.last_used_at], [10, 0, null]);
  assert.ok(Math.abs(Date.parse(key.expires_at) - Date.now() - 30 * 86_400_000) < 60_000);
  assert.deepEqual(await call(scratch.user(randomUUID()), 'my_api_keys'), []);
  const known = await use(digest);
  assert.deepEqual([known.id, known.user_id, known.scopes], [key.id, user, ['orders', 'read']]);
  assert.equal(known.expires_at_s, Math.floor(Date.parse(key.expires_at) / 1000));
  assert.equal(await use('0'.repeat(64)), null);
});

test('a user has so many keys, also when several are made at once', async () => {
  const user = randomUUID();
  const made = await Promise.allSettled(Array.from({ length: MOST + 3 }, () => create(user)));
  const refused = made.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  assert.equal(refused.length, 3);
  assert.ok(refused.every(refusal(409, 'state_conflict', { limit: MOST })));
});

test('a revoked key reads nothing and orders nothing, from its commit on', async () => {
  const user = randomUUID();
  const key = await create(user);
  const job = await orderBy(user, key);
  const reader = scratch.key(key.id);
  assert.equal((await call(reader, 'my_job', { p_job_id: job })).id, job);
  await assert.rejects(revoke(randomUUID(), key.id), refusal(404, 'not_found'));
  assert.ok(await use(key.digest));
  await revoke(user, key.id);
  assert.equal(await use(key.digest), null);
  await assert.rejects(call(reader, 'my_job', { p_job_id: job }), gone);
  await assert.rejects(orderBy(user, key), gone);
  await assert.rejects(revoke(user, key.id), refusal(404, 'not_found'));
  assert.equal((await jobRow(scratch.owner, job)).api_key_id, key.id, 'what it ordered stays, with its name');
});

test('an expired key is none', async () => {
  const user = randomUUID();
  const key = await create(user, { p_expires_in_days: 1 });
  await setKey(key.id, `expires_at = now()`);
  assert.equal(await use(key.digest), null);
  await assert.rejects(call(scratch.key(key.id), 'my_jobs', { p_limit: 1 }), gone);
  await assert.rejects(orderBy(user, key), gone);
});

test('the edge reads in the name of a key what its owner reads, and of nobody else', async () => {
  const [user, other] = [randomUUID(), randomUUID()];
  const [key, theirs] = [await create(user), await create(other)];
  const job = await enqueue(scratch.edge, user);
  const [own, foreign] = [scratch.key(key.id), scratch.key(theirs.id)];
  for (const [name, args] of [
    ['my_job', { p_job_id: job }],
    ['my_jobs', { p_limit: 10 }],
    ['my_events', { p_after: 0, p_limit: 10 }],
    ['my_projects', { p_limit: 10 }],
    ['my_assets', { p_limit: 10 }],
    ['my_webhook_deliveries', { p_limit: 10 }],
    ['queue_status', {}],
  ]) {
    assert.deepEqual(await call(own, name, args), await call(scratch.user(user), name, args), name);
    if (name !== 'queue_status') assert.ok(!JSON.stringify(await call(foreign, name, args)).includes(job), name);
  }
  await assert.rejects(call(own, 'my_api_keys'), { code: INSUFFICIENT_PRIVILEGE });
});

test('naming a key helps nobody but the edge', async () => {
  const user = randomUUID();
  const key = await create(user);
  const job = await enqueue(scratch.edge, user);
  const headers = JSON.stringify({ 'x-api-key-id': key.id });
  const stranger = { role: 'authenticated', sub: randomUUID() };
  for (const [role, expected] of [
    ['authenticated', null],
    ['anon', INSUFFICIENT_PRIVILEGE],
    ['service_role', INSUFFICIENT_PRIVILEGE],
  ]) {
    const client = await scratch.as(role, { ...stranger, role }).connect();
    try {
      await client.query(`select set_config('request.headers', $1, false)`, [headers]);
      const read = call(client, 'my_job', { p_job_id: job });
      if (expected) await assert.rejects(read, { code: expected }, role);
      else assert.equal(await read, null, role);
    } finally {
      client.release();
    }
  }
  // Without a key the edge reads in nobody's name.
  await assert.rejects(call(scratch.edge, 'my_job', { p_job_id: job }), { code: INSUFFICIENT_PRIVILEGE });
});

test('nobody orders by another user’s key', async () => {
  const key = await create(randomUUID());
  const stranger = randomUUID();
  await assert.rejects(orderBy(stranger, key), gone);
  const { rows } = await scratch.owner.query('select from public.jobs where user_id = $1', [stranger]);
  assert.equal(rows.length, 0);
});

test('orders count to the limit of the month, and what they did not cost comes back', async () => {
  const user = randomUUID();
  const key = await create(user, { p_monthly_limit: 7 });
  const first = await orderBy(user, key);
  await orderBy(user, key);
  assert.equal(await spent(user), 6);
  const before = await call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 });
  await assert.rejects(orderBy(user, key), refusal(402, 'spending_limit', { limit: 7, spent: 6, required: 3 }));
  assert.deepEqual(await call(scratch.edge, 'account_of', { p_user_id: user, p_starting_credits: 0 }), before);
  await enqueue(scratch.edge, user);
  await orderBy(user, key, { p_num_assets: 1 });
  assert.equal(await spent(user), 7);

  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: first, p_dry_run: false });
  assert.equal(await spent(user), 4);
  await orderBy(user, key);
  assert.equal(await spent(user), 7);
});

test('of a job that is done in part the rest comes back', async () => {
  const user = randomUUID();
  const key = await create(user);
  const job = await orderBy(user, key);
  await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  const assets = [asset(0, 'completed'), asset(1, 'failed'), asset(2, 'failed')];
  await call(scratch.edge, 'settle_job', settle(job, 2, 'completed', { p_assets: assets }));
  assert.equal(await spent(user), 1);
});

test('a new month begins at nothing, and what an older one gives back is not its', async () => {
  const user = randomUUID();
  const key = await create(user, { p_monthly_limit: 3 });
  const job = await orderBy(user, key);
  await setKey(key.id, `month = (now() at time zone 'UTC')::date - 40`);
  assert.equal(await spent(user), 0);
  await scratch.owner.query(`update public.jobs set created_at = created_at - interval '40 days' where id = $1`, [job]);
  await orderBy(user, key);
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job, p_dry_run: false });
  assert.equal(await spent(user), 3);
});

test('orders at once do not go beyond the limit together', async () => {
  const user = randomUUID();
  const key = await create(user, { p_monthly_limit: 9 });
  const orders = await Promise.allSettled(Array.from({ length: 8 }, () => orderBy(user, key)));
  assert.equal(orders.filter(({ status }) => status === 'fulfilled').length, 3);
  assert.equal(await spent(user), 9);
});

test('an order that is repeated counts once', async () => {
  const user = randomUUID();
  const key = await create(user, { p_monthly_limit: 3 });
  const again = { ...submit(user), p_idempotency_key: 'k', p_api_key_id: key.id };
  const first = await call(scratch.edge, 'enqueue_job', again);
  const second = await call(scratch.edge, 'enqueue_job', { ...again, p_job_id: randomUUID() });
  assert.deepEqual([second.job.id, second.replayed], [first.job.id, true]);
  await call(scratch.edge, 'enqueue_job', { ...again, p_idempotency_key: null });
  assert.equal(await spent(user), 3);
});

test('the last use is written once a minute, and waits for nobody', async () => {
  const user = randomUUID();
  const key = await create(user);
  const version = async () =>
    (await scratch.owner.query('select xmin, last_used_at from private.api_keys where id = $1', [key.id])).rows[0];
  await use(key.digest);
  const first = await version();
  assert.ok(first.last_used_at);
  await use(key.digest);
  assert.deepEqual(await version(), first);
  await setKey(key.id, `last_used_at = now() - interval '61 seconds'`);
  const holder = await scratch.owner.connect();
  try {
    await holder.query('begin; select from private.api_keys for update');
    assert.ok(await use(key.digest));
    await holder.query('rollback');
  } finally {
    holder.release();
  }
  await use(key.digest);
  assert.ok(Date.now() - (await version()).last_used_at < 30_000);
});

test('a ticket for events ends with its key', async () => {
  const user = randomUUID();
  const key = await create(user);
  const digest = createHash('sha256').update(randomUUID()).digest('hex');
  const ends = Math.floor(Date.now() / 1000) + 3600;
  const ticket = { p_user_id: user, p_digest: digest, p_seconds: 60, p_ends_at_s: ends, p_most: 9 };
  await call(scratch.edge, 'issue_event_ticket', { ...ticket, p_api_key_id: key.id });
  const read = { p_digest: digest, p_stream_id: randomUUID(), p_after: 0, p_limit: 10 };
  assert.equal((await call(scratch.edge, 'events_of_ticket', read)).user_id, user);
  await revoke(user, key.id);
  await assert.rejects(
    call(scratch.edge, 'events_of_ticket', read),
    refusal(401, 'unauthorized', { reason: 'ticket_invalid' }),
  );
});
