// A database for each test of the sweep, whose passes are about all of it.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from 'node:test';
import { call, claim, enqueue, jobRow, sweep } from './calls.mjs';
import { createScratch } from './scratch.mjs';

/** What the test has: `scratch` is the database of the test that runs. */
export const now = { scratch: null };

export function scratchForEachTest() {
  beforeEach(async () => {
    now.scratch = await createScratch();
    // Without an earlier pass the first one takes it for the end of an outage.
    await sql('update private.sweep_state set last_pass_at = now()');
  });
  afterEach(() => now.scratch?.close());
}

export const pass = (changes) => call(now.scratch.edge, 'sweep_pass', sweep(changes));
export const sql = (text, ...values) => now.scratch.owner.query(text, values);
export const expireLeases = () => sql(`update private.leases set until = now() - interval '1 second'`);

/** A job that a worker has claimed. */
export async function running(changes = {}, worker = 'worker') {
  const { owner, edge } = now.scratch;
  const user = randomUUID();
  const job = await enqueue(edge, user, changes);
  const { queue } = await jobRow(owner, job);
  const lease = randomUUID();
  await call(edge, 'claim_job', claim({ p_job_id: job, p_queue: queue, p_lease_id: lease, p_worker_id: worker }));
  return { user, job, lease };
}
