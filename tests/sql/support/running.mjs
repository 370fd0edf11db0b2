// A job that a worker has, and what is left of one.

import { randomUUID } from 'node:crypto';
import { call, claim, enqueue, jobRow } from './calls.mjs';

/** What a job that ended leaves behind. */
export const NOTHING = { leases: 0, hints: 0, payloads: 0, holds: 0 };

/** `{ user, job, lease, keys }` of a job that was ordered and claimed. */
export async function running(scratch, changes = {}) {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user, changes);
  const lease = randomUUID();
  const { queue } = await jobRow(scratch.owner, job);
  const claimed = await call(scratch.edge, 'claim_job', claim({ p_job_id: job, p_queue: queue, p_lease_id: lease }));
  return { user, job, lease, keys: claimed.keys.map(({ key }) => key) };
}

/** What of a job is still counted. */
export async function leftovers(scratch, job) {
  const { rows } = await scratch.owner.query(
    `select (select count(*) from private.leases where job_id = $1) as leases,
       (select count(*) from private.outbox where job_id = $1) as hints,
       (select count(*) from private.job_payloads where job_id = $1) as payloads,
       (select price_each * num_assets - charged - released from public.jobs where id = $1) as holds`,
    [job],
  );
  return rows[0];
}

/** The kinds of a job's events, in order. */
export async function kinds(scratch, job) {
  const { rows } = await scratch.owner.query('select kind from public.job_events where job_id = $1 order by seq', [
    job,
  ]);
  return rows.map(({ kind }) => kind);
}
