// Who may start, keep and end an attempt: one SQL function, the same as the edge's, for every way in.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { call, claim, enqueue, heartbeat, jobRow, refusal, settle, sweep } from './support/calls.mjs';
import { OPEN } from './support/gate.generated.mjs';
import { createScratch } from './support/scratch.mjs';

const LEASE = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());
afterEach(() => scratch.owner.query('update private.queue_settings set paused = false'));

const beat = (job, changes) => call(scratch.edge, 'heartbeat_job', heartbeat(job, changes));
const claimJob = (changes) => call(scratch.edge, 'claim_job', claim(changes));
const leaseOf = async (job) =>
  (await scratch.owner.query('select * from private.leases where job_id = $1', [job])).rows[0];

async function claimed(changes = {}) {
  const job = await enqueue(scratch.edge, randomUUID());
  const lease = randomUUID();
  await claimJob({ p_job_id: job, p_lease_id: lease, ...changes });
  return { job, mine: { p_attempt: 1, p_lease_id: lease, p_worker_id: 'worker' } };
}

test('the database lets through exactly the reports that the edge does', async () => {
  const open = new Set(OPEN.map((row) => JSON.stringify(row)));
  assert.ok(open.size > 20);
  const all = [];
  for (const status of ['queued', 'processing', 'completed'])
    for (const held of [null, { worker: null }, { worker: 'anna' }])
      for (const attempt of [null, 1, 2, 3])
        for (const lease of [null, LEASE, OTHER])
          for (const worker of [null, 'anna', 'bert'])
            for (const intent of ['keep', 'end', 'deliver']) all.push([status, held, intent, attempt, lease, worker]);
  const { rows } = await scratch.owner.query(
    `select private.gate(
       p_action => report ->> 2,
       p_job => jsonb_populate_record(null::public.jobs, jsonb_build_object(
         'status', report ->> 0, 'attempt', 2, 'queue', 'sdxl_queue',
         'completed_at', case when report ->> 0 = 'completed' then now() end
       )),
       p_lease => case when report -> 1 <> 'null' then jsonb_populate_record(null::private.leases, jsonb_build_object(
         'lease_id', $2::text, 'attempt', 2, 'worker_id', report #> '{1,worker}'
       )) end,
       p_attempt => (report ->> 3)::integer, p_lease_id => (report ->> 4)::uuid, p_worker_id => report ->> 5
     ) as verdict
     from jsonb_array_elements($1::jsonb) with ordinality as asked (report, place) order by place`,
    [JSON.stringify(all), LEASE],
  );
  for (const [index, report] of all.entries()) {
    const expected = report[0] === 'completed' ? 'terminal' : open.has(JSON.stringify(report)) ? 'open' : 'stale';
    assert.equal(rows[index].verdict, expected, JSON.stringify(report));
  }
});

test('a report begins nothing in a paused queue or for a paused worker', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  await scratch.owner.query(`update private.queue_settings set paused = true where queue = 'sdxl_queue'`);
  for (const worker of [null, 'named']) assert.equal((await beat(job, { p_worker_id: worker })).outcome, 'stale');
  await scratch.owner.query('update private.queue_settings set paused = false');
  await claimJob({ p_worker_id: 'named', p_queue: 'wan_queue' });
  await scratch.owner.query(`update private.workers set paused = true where worker_id = 'named'`);
  assert.equal((await beat(job, { p_worker_id: 'named' })).outcome, 'stale');
  assert.equal((await jobRow(scratch.owner, job)).status, 'queued');
  assert.equal((await beat(job, {})).outcome, 'ok', 'others may');
});

test('a worker whose key was revoked claims, keeps, delivers and ends nothing, and what it had goes to others', async () => {
  // After a time without a pass leases are spared once.
  await call(scratch.edge, 'sweep_pass', sweep());
  const { job, mine } = await claimed({ p_worker_id: 'rented' });
  const own = { ...mine, p_worker_id: 'rented' };
  const other = await enqueue(scratch.edge, randomUUID());
  await call(scratch.edge, 'admin_revoke_worker', { p_actor: 'ops', p_worker_id: 'rented', p_reason: 'returned' });
  const refused = (doing) => assert.rejects(doing, refusal(403, 'forbidden', { reason: 'worker_revoked' }));
  await refused(claimJob({ p_worker_id: 'rented' }));
  await refused(claimJob({ p_worker_id: 'rented', p_job_id: other }));
  await refused(beat(other, { p_worker_id: 'rented' }));
  await refused(beat(job, own));
  for (const status of ['processing', 'completed', 'failed', 'queued'])
    await refused(call(scratch.edge, 'settle_job', settle(job, 2, status, { p_worker_id: 'rented' })));
  assert.equal((await jobRow(scratch.owner, job)).status, 'processing');

  // A report without its name is of nobody who has the lease.
  assert.equal((await beat(job, mine)).outcome, 'stale');
  await call(scratch.edge, 'sweep_pass', sweep());
  const row = await jobRow(scratch.owner, job);
  assert.deepEqual([row.status, row.attempt], ['queued', 2]);
  await refused(call(scratch.edge, 'settle_job', settle(job, row.version, 'completed', { p_worker_id: 'rented' })));
  assert.equal(
    (await claimJob({ p_worker_id: 'rented.2', p_job_id: job })).job_id,
    job,
    'its next name has a key of its own',
  );
});

test('a name that nobody has seen is revoked too, once and for good', async () => {
  const revoke = () => call(scratch.edge, 'admin_revoke_worker', { p_actor: 'ops', p_worker_id: 'unseen' });
  await revoke();
  await revoke();
  await assert.rejects(claimJob({ p_worker_id: 'unseen' }), { code: 'PT403' });
  const { rows } = await scratch.owner.query(
    `select count(*)::integer as revocations from private.admin_actions where action = 'revoke' and worker_id = 'unseen'`,
  );
  assert.equal(rows[0].revocations, 2, 'the audit has both');
});

test('a lease is extended by the worker that took it alone', async () => {
  const { job, mine } = await claimed();
  const before = await leaseOf(job);
  for (const worker of ['other', null]) {
    const reply = await beat(job, { ...mine, p_worker_id: worker, p_lease_seconds: 900 });
    assert.equal(reply.outcome, 'stale');
  }
  assert.deepEqual(await leaseOf(job), before);
  assert.equal((await beat(job, mine)).outcome, 'ok');
});

test('single assets of an attempt that nobody has begun are not settled', async () => {
  const job = await enqueue(scratch.edge, randomUUID());
  assert.equal((await call(scratch.edge, 'settle_job', settle(job, 1, 'processing'))).outcome, 'conflict');
  assert.equal((await jobRow(scratch.owner, job)).status, 'queued');
});

test('a recorded message claims, begins and extends nothing', async () => {
  const message = { p_message_id: `m-${randomUUID()}` };
  const { job, mine } = await claimed(message);
  await enqueue(scratch.edge, randomUUID());
  assert.equal(await claimJob(message), null);

  const first = { p_message_id: `m-${randomUUID()}` };
  const { lease_until_ms: until } = await beat(job, { ...mine, ...first });
  const again = await beat(job, { ...mine, ...first, p_lease_seconds: 900 });
  assert.deepEqual([again.outcome, again.lease_until_ms], ['ok', until]);

  const waiting = await enqueue(scratch.edge, randomUUID());
  assert.equal((await beat(waiting, first)).outcome, 'stale');
  assert.equal((await jobRow(scratch.owner, waiting)).status, 'queued');
});

test('messages are remembered as long as their timestamps count, and no longer', async () => {
  const count = async () => Number((await scratch.owner.query('select count(*) from private.messages')).rows[0].count);
  await claimJob({ p_message_id: 'm-old' });
  await scratch.owner.query(`update private.messages set seen_at = now() - interval '10 minutes'`);
  await call(scratch.edge, 'sweep_pass', sweep());
  assert.ok((await count()) > 0);
  await scratch.owner.query(`update private.messages set seen_at = now() - interval '12 minutes'`);
  await call(scratch.edge, 'sweep_pass', sweep());
  assert.equal(await count(), 0);
});

test('giving a job back is counted, and losing an attempt is another thing', async () => {
  const { job } = await claimed();
  const { version } = await jobRow(scratch.owner, job);
  await call(scratch.edge, 'settle_job', settle(job, version, 'queued'));
  assert.equal((await call(scratch.edge, 'job_for_settlement', { p_job_id: job })).job.releases, 1);
  await claimJob({ p_job_id: job });
  await call(scratch.edge, 'settle_job', settle(job, version + 2, 'queued', { p_next_attempt: 2 }));
  assert.deepEqual([(await jobRow(scratch.owner, job)).releases, (await jobRow(scratch.owner, job)).attempt], [1, 2]);
});
