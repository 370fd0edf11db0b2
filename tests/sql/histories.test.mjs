// The model's database decides as the SQL functions do: random histories of it, repeated on Postgres, step by step.
// `HISTORY_SEED=17 HISTORIES=1` repeats one, `HISTORIES=5000` looks longer.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { HISTORIES_PROGRAM, testedProgram } from '../../tools/stack/testing/rust-tests.mjs';
import { ledgerFaults } from './support/calls.mjs';
import { describe, openStage, readHistories, repeat } from './support/histories.mjs';
import { createScratch } from './support/scratch.mjs';

const FIRST = Number(process.env.HISTORY_SEED ?? 1);
const HISTORIES = Number(process.env.HISTORIES ?? 100);
const STEPS = 50;
const LONGEST_OUTPUT = 2 ** 30;

// What has to happen for the histories to say something: each function, and each way in which one may go.
const SEEN = [
  'enqueue_job ok',
  'enqueue_job replayed',
  'enqueue_job idempotency_mismatch',
  'enqueue_job insufficient_credits',
  'enqueue_job too_many_active_jobs',
  'claim_job ok',
  'claim_job nothing',
  'heartbeat_job ok',
  'heartbeat_job stale',
  'heartbeat_job terminal',
  'heartbeat_job not_found',
  'job_for_settlement ok',
  'settle_job ok',
  'settle_job conflict',
  'settle_job internal',
  'cancel_job ok',
  'cancel_job not_found',
  'cancel_job state_conflict',
  'sweep_pass requeued',
  'sweep_pass failed',
  'sweep_pass canceled',
  'sweep_pass extended',
  'sweep_pass push',
  'sweep_pass objects',
  'sweep_done nothing',
];

// Rules that are changed in SQL one by one, to show that the histories would notice.
const PLANTED = [
  {
    rule: 'a lease that lasts longer',
    name: 'start_attempt',
    from: 'private.seconds(p_lease_seconds)',
    to: 'private.seconds(p_lease_seconds + 10)',
  },
  {
    rule: 'one attempt more',
    name: 'outcome_of_late_job',
    from: 'p_job.attempt < p_max',
    to: 'p_job.attempt <= p_max',
  },
  { rule: 'nothing delivered of a lost batch', name: 'outcome_of_late_job', from: 'v_delivered > 0', to: 'false' },
  { rule: 'no fence on leases', name: 'gate', from: 'p_lease_id = p_lease.lease_id', to: 'true' },
  {
    rule: 'a lease for any name',
    name: 'gate',
    from: 'p_worker_id is not distinct from p_lease.worker_id',
    to: 'true',
  },
  {
    rule: 'no turn for waiting',
    name: 'turn_seconds',
    from: 'select 600',
    to: 'select 600000',
  },
  { rule: 'a key for any request', name: 'job_of_key', from: 'v_job.fingerprint <> p_fingerprint', to: 'false' },
  {
    rule: 'nothing given back of what failed',
    name: 'charges_of',
    from: 'released := v_each * cardinality(p_statuses) - charged',
    to: 'released := 0',
  },
  { rule: 'a settlement of any version', name: 'settle_job', from: 'v_job.version <> p_version', to: 'false' },
];

let scratch;
let stage;
let histories;
before(async () => {
  const program = await testedProgram(HISTORIES_PROGRAM);
  const args = [FIRST, HISTORIES, STEPS].map(String);
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: LONGEST_OUTPUT });
  histories = readHistories(stdout);
  scratch = await createScratch();
  stage = await openStage(scratch);
});
after(async () => {
  stage?.close();
  await scratch?.close();
});

test('the model and Postgres answer the same and hold the same', async () => {
  assert.equal(histories.length, HISTORIES);
  const seen = new Set();
  for (const history of histories) {
    const difference = await repeat(stage, history);
    assert.ok(!difference, difference && describe(difference));
    assert.deepEqual(await ledgerFaults(scratch.owner), [], `history ${history.seed}`);
    for (const step of history.steps) for (const what of whatHappened(step)) seen.add(what);
  }
  if (process.env.HISTORIES === undefined)
    assert.deepEqual(
      SEEN.filter((what) => !seen.has(what)),
      [],
    );
});

function whatHappened({ function: name, reply, refused }) {
  const counts = Object.entries(reply ?? {}).filter(([, value]) => value > 0 || value === true || value?.length > 0);
  return [refused ?? reply?.outcome ?? (reply === null ? 'nothing' : 'ok'), ...counts.map(([key]) => key)].map(
    (what) => `${name} ${what}`,
  );
}

for (const { rule, name, from, to } of PLANTED) {
  test(`it would notice: ${rule}`, async () => {
    const definition = await definitionOf(name);
    assert.ok(definition.includes(from), `${name} has no "${from}"`);
    await scratch.owner.query(definition.replace(from, to));
    try {
      for (const history of histories) if (await repeat(stage, history)) return;
      assert.fail('a difference that no history shows');
    } finally {
      await scratch.owner.query(definition);
    }
  });
}

async function definitionOf(name) {
  const { rows } = await scratch.owner.query(
    `select pg_get_functiondef(oid) as definition from pg_proc
     where proname = $1 and pronamespace in ('public'::regnamespace, 'private'::regnamespace)`,
    [name],
  );
  assert.equal(rows.length, 1, name);
  return rows[0].definition;
}
