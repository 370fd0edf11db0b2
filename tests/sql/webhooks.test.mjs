// Webhooks in the database: who gets to send what, when it is due again, and what its owner sees.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { call, enqueue, jobRow, refusal, settle } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const URL_OF_TESTS = 'https://hooks.example.com/ourvidz';
const MAX_TRIES = 10;

let scratch;
beforeEach(async () => {
  scratch = await createScratch();
});
afterEach(() => scratch?.close());

const sql = (text, ...values) => scratch.owner.query(text, values);
const take = (changes = {}) =>
  call(scratch.edge, 'take_webhooks', {
    p_lease_id: randomUUID(),
    p_limit: 6,
    p_lease_seconds: 60,
    p_max_tries: MAX_TRIES,
    ...changes,
  });
const record = (lease, results) => call(scratch.edge, 'record_webhooks', { p_lease_id: lease, p_results: results });
const result = (id, outcome, rest = {}) => ({ id, outcome, status: null, error: null, wait_seconds: null, ...rest });
const rowOf = async (id) => (await sql('select * from public.webhook_deliveries where id = $1', id)).rows[0];
const makeDue = () =>
  sql(`update public.webhook_deliveries set next_attempt_at = now() - interval '1 second' where status = 'pending'`);
const secondsUntil = ({ next_attempt_at: at }) => (at.getTime() - Date.now()) / 1000;

/** A job with a webhook that has just ended. */
async function ended({ user = randomUUID(), status = 'failed', url = URL_OF_TESTS, ...changes } = {}) {
  const job = await enqueue(scratch.edge, user, { p_webhook_url: url, ...changes });
  const { version } = await jobRow(scratch.owner, job);
  if (status === 'canceled') await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job });
  else {
    const assets = status === 'completed' ? [{ index: 0, status, url: 'u/a.png', metadata: {} }] : [];
    await call(scratch.edge, 'settle_job', settle(job, version, status, { p_assets: assets }));
  }
  return { user, job };
}

test('a job that ended leaves one delivery, for the outcomes that were asked for', async () => {
  const { job } = await ended({ status: 'completed' });
  const [due, ...others] = await take();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [due.url, due.event, due.tries, due.job.id, due.job.status],
    [URL_OF_TESTS, 'completed', 1, job, 'completed'],
  );
  assert.deepEqual(
    due.job.assets.map(({ status, url }) => [status, url]),
    [
      ['completed', 'u/a.png'],
      ['failed', null],
      ['failed', null],
    ],
  );
  assert.equal(due.job.credits_charged, 1);
  assert.doesNotMatch(JSON.stringify(due), /lighthouse/, 'the prompt stays at home');
  await ended({ status: 'completed', p_webhook_events: ['failed'] });
  await ended({ status: 'canceled', url: null });
  assert.deepEqual(await take(), []);
  await ended({ status: 'canceled', p_webhook_events: ['canceled'] });
  assert.deepEqual(
    (await take()).map(({ event }) => event),
    ['canceled'],
  );
});

test('a job that is ordered again tells whoever was told of the first one', async () => {
  const { user, job } = await ended({ p_webhook_events: ['canceled', 'failed'] });
  const again = await ended({ user, status: 'canceled', url: null, p_retry_of: job });
  const silent = await ended({ user, url: null });
  await ended({ user, url: null, p_retry_of: silent.job });
  await ended({ user, status: 'completed', url: null, p_retry_of: job });
  const elsewhere = await ended({ user, url: 'https://hooks.example.com/other', p_retry_of: job });
  const told = (await take()).map((due) => [due.job.id, due.url, due.job.retry_of]);
  assert.deepEqual(told, [
    [job, URL_OF_TESTS, null],
    [again.job, URL_OF_TESTS, job],
    [elsewhere.job, 'https://hooks.example.com/other', job],
  ]);
});

test('two that send at once never have the same delivery', async () => {
  for (let nth = 0; nth < 12; nth += 1) await ended();
  const taken = await Promise.all(Array.from({ length: 8 }, () => take({ p_limit: 3 })));
  const ids = taken.flat().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const rest = await take({ p_limit: 12 });
  assert.equal(ids.length + rest.length, 12);
});

test('what a crash left behind is due again when its time is over, as the same message', async () => {
  await ended();
  const [first] = await take();
  assert.deepEqual(await take(), []);
  assert.ok(secondsUntil(await rowOf(first.id)) > 55);
  await makeDue();
  const [again] = await take();
  assert.deepEqual([again.id, again.tries, again.secrets], [first.id, 2, first.secrets]);
});

test('a try that is never reported back is a try: the last one ends it', async () => {
  await ended();
  for (let nth = 1; nth <= MAX_TRIES; nth += 1) {
    const [due] = await take();
    assert.equal(due.tries, nth);
    await makeDue();
  }
  assert.deepEqual(await take(), []);
  const { rows } = await sql('select status, attempts, last_error from public.webhook_deliveries');
  assert.deepEqual(rows, [{ status: 'failed', attempts: MAX_TRIES, last_error: 'lost' }]);
});

test('what became of a try is written by whoever has it', async () => {
  await ended();
  const [mine, theirs] = [randomUUID(), randomUUID()];
  const [{ id }] = await take({ p_lease_id: mine });
  await record(theirs, [result(id, 'failed', { error: 'status', status: 500 })]);
  assert.equal((await rowOf(id)).status, 'pending');
  await record(mine, [result(id, 'retry', { error: 'status', status: 503, wait_seconds: 300 })]);
  const waiting = await rowOf(id);
  assert.deepEqual(
    [waiting.status, waiting.last_status, waiting.last_error, waiting.lease_id],
    ['pending', 503, 'status', null],
  );
  assert.ok(Math.abs(secondsUntil(waiting) - 300) < 5, String(secondsUntil(waiting)));
  assert.deepEqual(await take(), []);
  await makeDue();
  await take({ p_lease_id: mine });
  await record(mine, [result(id, 'failed', { error: 'timeout' })]);
  assert.deepEqual([(await rowOf(id)).status, (await rowOf(id)).last_status], ['failed', null]);
});

test('a receiver’s yes counts, whoever brings it and however late', async () => {
  await ended();
  const slow = randomUUID();
  const [{ id }] = await take({ p_lease_id: slow });
  await makeDue();
  const quick = randomUUID();
  await take({ p_lease_id: quick });
  await record(slow, [result(id, 'delivered', { status: 204 })]);
  await record(quick, [result(id, 'retry', { error: 'timeout', wait_seconds: 5 })]);
  const row = await rowOf(id);
  assert.deepEqual([row.status, row.last_status, row.last_error], ['delivered', 204, null]);
  assert.ok(row.delivered_at);
});

test('a receiver that is gone gets nothing more, until its owner wants it', async () => {
  const { user } = await ended();
  const lease = randomUUID();
  const [{ id }] = await take({ p_lease_id: lease });
  await record(lease, [result(id, 'gone', { status: 410, error: 'gone' })]);
  assert.equal((await rowOf(id)).status, 'failed');
  await ended({ user });
  const other = await ended({ user, url: 'https://hooks.example.com/other' });
  const stranger = await ended();
  assert.deepEqual((await take()).map(({ job }) => job.id).sort(), [other.job, stranger.job].sort());
  const { rows } = await sql(
    `select last_error from public.webhook_deliveries where status = 'failed' and id <> $1`,
    id,
  );
  assert.deepEqual(rows, [{ last_error: 'disabled' }]);

  await sql(`update public.webhook_deliveries set last_attempt_at = now() - interval '1 minute' where id = $1`, id);
  await call(scratch.edge, 'redrive_webhook', { p_user_id: user, p_delivery_id: id });
  assert.deepEqual(
    (await take()).map((due) => [due.id, due.tries]),
    [[id, 1]],
  );
  await ended({ user });
  assert.equal((await take()).length, 1);
});

test('a delivery is sent anew by its owner alone, and not at once again and again', async () => {
  const { user } = await ended();
  const lease = randomUUID();
  const [{ id }] = await take({ p_lease_id: lease });
  await record(lease, [result(id, 'delivered', { status: 200 })]);
  const redrive = (owner) => call(scratch.edge, 'redrive_webhook', { p_user_id: owner, p_delivery_id: id });
  await assert.rejects(redrive(randomUUID()), refusal(404, 'not_found'));
  await assert.rejects(
    call(scratch.edge, 'redrive_webhook', { p_user_id: user, p_delivery_id: randomUUID() }),
    refusal(404, 'not_found'),
  );
  const view = await redrive(user);
  assert.deepEqual([view.id, view.status, view.attempts, view.delivered_at], [id, 'pending', 1, null]);
  assert.ok(secondsUntil(await rowOf(id)) > 5, 'a pause since the last try');
  assert.deepEqual(await take(), []);
  await makeDue();
  const [again] = await take();
  assert.deepEqual([again.id, again.tries], [id, 1]);
  // While somebody sends it, it stays theirs.
  await redrive(user);
  assert.ok(secondsUntil(await rowOf(id)) > 50);
  assert.equal((await rowOf(id)).attempts, 2);
});

test('users take turns, and the job that was asked for goes first', async () => {
  const busy = randomUUID();
  for (let nth = 0; nth < 5; nth += 1) await ended({ user: busy });
  const { user: quiet, job } = await ended();
  const owners = async (due) =>
    (
      await sql(
        'select user_id from public.webhook_deliveries where id = any ($1::uuid[])',
        due.map(({ id }) => id),
      )
    ).rows.map((row) => row.user_id);
  assert.deepEqual((await owners(await take({ p_limit: 2 }))).sort(), [busy, quiet].sort());
  await makeDue();
  assert.deepEqual(
    (await take({ p_limit: 1, p_job_id: job })).map((due) => due.job.id),
    [job],
  );
});

test('each user has a secret of their own, made when it is first needed', async () => {
  const user = randomUUID();
  const secret = (changes) => call(scratch.edge, 'webhook_secret', { p_user_id: user, p_rotate: false, ...changes });
  const answers = await Promise.all(Array.from({ length: 6 }, () => secret()));
  assert.equal(new Set(answers.map((answer) => answer.secret)).size, 1);
  const [{ secret: first, previous_until: none }] = answers;
  assert.match(first, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(none, null);
  await ended({ user });
  await ended();
  const due = await take();
  assert.equal(due.length, 2);
  assert.equal(new Set(due.flatMap(({ secrets }) => secrets)).size, 2);
  assert.ok(due.some(({ secrets }) => secrets[0] === first));
});

test('a secret that was replaced signs for a day more', async () => {
  const { user } = await ended();
  const secret = (rotate) => call(scratch.edge, 'webhook_secret', { p_user_id: user, p_rotate: rotate });
  const old = await secret(true);
  assert.equal(old.previous_until, null, 'what nobody has seen needs no successor');
  const next = await secret(true);
  assert.notEqual(next.secret, old.secret);
  assert.ok(Math.abs(Date.parse(next.previous_until) - Date.now() - 86_400_000) < 60_000);
  assert.deepEqual((await take())[0].secrets, [next.secret, old.secret]);
  await sql(
    `update private.webhook_secrets set retired_at = now() - interval '24 hours 1 second' where retired_at is not null`,
  );
  await makeDue();
  assert.deepEqual((await take())[0].secrets, [next.secret]);
  assert.equal((await secret(false)).previous_until, null);
  await Promise.all(Array.from({ length: 9 }, () => secret(true)));
  const { rows } = await sql(
    'select count(*) filter (where retired_at is null) as present, count(*) as all from private.webhook_secrets',
  );
  assert.deepEqual(rows, [{ present: 1, all: 5 }]);
  await makeDue();
  assert.equal((await take())[0].secrets.length, 5);
});

test('pages of deliveries, by status too, and never another user’s', async () => {
  const user = randomUUID();
  for (let nth = 0; nth < 5; nth += 1) await ended({ user });
  await ended();
  await sql(
    `update public.webhook_deliveries set status = 'delivered' where id = (select id from public.webhook_deliveries where user_id = $1 order by created_at limit 1)`,
    user,
  );
  const mine = scratch.user(user);
  const first = await call(mine, 'my_webhook_deliveries', { p_limit: 3 });
  const last = first.at(-1);
  const second = await call(mine, 'my_webhook_deliveries', {
    p_limit: 3,
    p_before: last.created_at,
    p_before_id: last.id,
  });
  const all = [...first, ...second];
  assert.equal(new Set(all.map(({ id }) => id)).size, 5);
  assert.deepEqual(
    all.map(({ created_at: at }) => at),
    all
      .map(({ created_at: at }) => at)
      .sort()
      .reverse(),
  );
  assert.deepEqual(Object.keys(all[0]).sort(), [
    'attempts',
    'created_at',
    'delivered_at',
    'event',
    'id',
    'job_id',
    'last_attempt_at',
    'last_error',
    'last_status',
    'next_attempt_at',
    'status',
    'url',
  ]);
  assert.equal((await call(mine, 'my_webhook_deliveries', { p_limit: 9, p_status: 'pending' })).length, 4);
  assert.equal((await call(mine, 'my_webhook_deliveries', { p_limit: 9, p_status: 'delivered' })).length, 1);
  assert.deepEqual(await call(scratch.user(randomUUID()), 'my_webhook_deliveries', { p_limit: 9 }), []);
});

test('operators see everybody’s deliveries without what an address may hide, and send them anew', async () => {
  const { user, job } = await ended({ url: 'https://hooks.example.com/T0/s3cret?key=s3cret' });
  const { user: other } = await ended();
  await sql(`update public.webhook_deliveries set status = 'failed', step = 9 where user_id = $1`, user);
  const list = (args) => call(scratch.edge, 'admin_deliveries', { p_limit: 10, ...args });
  const all = await list();
  assert.deepEqual(
    all.map((row) => row.user_id),
    [other, user],
  );
  const [failed, ...others] = await list({ p_status: 'failed' });
  assert.deepEqual(others, []);
  assert.deepEqual([failed.user_id, failed.job_id, failed.url], [user, job, 'https://hooks.example.com']);
  const [newest] = all;
  const rest = await list({ p_before: newest.created_at, p_before_id: newest.id });
  assert.deepEqual(
    rest.map(({ id }) => id),
    [failed.id],
  );

  const redeliver = (id) =>
    call(scratch.edge, 'admin_redeliver', {
      p_actor: 'an operator',
      p_delivery_id: id,
      p_reason: 'their host is back',
    });
  const again = await redeliver(failed.id);
  assert.deepEqual([again.status, again.url], ['pending', 'https://hooks.example.com']);
  assert.equal((await rowOf(failed.id)).step, 0);
  const { rows } = await sql('select actor, action, job_id, user_id, reason, details from private.admin_actions');
  assert.deepEqual(rows, [
    {
      actor: 'an operator',
      action: 'redeliver',
      job_id: job,
      user_id: user,
      reason: 'their host is back',
      details: { delivery: failed.id },
    },
  ]);
  await assert.rejects(redeliver(randomUUID()), refusal(404, 'not_found', { field: 'id' }));
});

test('what is done and old is forgotten, and what is still tried is not', async () => {
  const { user } = await ended();
  await ended({ user });
  const [{ id }] = await take({ p_limit: 1 });
  await sql(`update public.webhook_deliveries set created_at = now() - interval '31 days'`);
  await sql(`update public.webhook_deliveries set status = 'delivered' where id = $1`, id);
  await sql('select private.prune(1000)');
  const { rows } = await sql('select status from public.webhook_deliveries');
  assert.deepEqual(rows, [{ status: 'pending' }]);
});

test('eleven hundred older deliveries of one user do not keep the next one waiting', async () => {
  const flood = await ended();
  await sql(
    `with job as (
       insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint)
       select gen_random_uuid(), $1, 'sdxl_image_fast', 'x', 1, 1, 'x' from generate_series(1, 1100)
       returning id
     )
     insert into public.webhook_deliveries (user_id, job_id, event, url, next_attempt_at)
     select $1, job.id, 'failed', 'https://hooks.example.com/flood', now() - interval '1 hour' from job`,
    flood.user,
  );
  const next = await ended();
  const taken = await take();
  assert.ok(
    taken.some(({ job }) => job.id === next.job),
    'both users have a turn',
  );
  // And whoever has so many gets no further ones.
  const { job } = await ended({ user: flood.user, p_max_active: 5_000 });
  const { rows } = await sql('select status, last_error from public.webhook_deliveries where job_id = $1', job);
  assert.deepEqual(rows, [{ status: 'failed', last_error: 'too_many' }]);
});
