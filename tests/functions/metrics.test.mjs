// GET /api/metrics over HTTP: well formed, complete, and counting what workers do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, call, DOT, signIn, TestWorker, until } from '../journeys/client.mjs';
import { read } from '../tidy/support.mjs';
import { parseExposition } from './exposition.mjs';

const QUEUE = 'wan_queue';
const headers = { 'x-admin-secret': process.env.ADMIN_SECRET };

async function metrics() {
  const { status, body, headers: answered } = await call('GET', '/api/metrics', { headers });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(answered.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(answered.get('server-timing'), /^database;dur=[\d.]+, total;dur=/, 'one round trip');
  return parseExposition(body);
}

function sampleOf(families, name, labels = {}) {
  const samples = families.get(`ourvidz_${name}`)?.samples ?? [];
  return samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;
}

async function order(user, worker) {
  const { body } = await user.submit('image_fast');
  return (
    await worker.claim(QUEUE, {
      job_id: body.job.id,
      uptime_seconds: 90,
      gpu: { memory_used_bytes: 5e9, memory_total_bytes: 48e9 },
    })
  ).body;
}

test('the reader refuses what a scraper would refuse', () => {
  const head = '# HELP a_total x\n# TYPE a_total counter\n';
  parseExposition(`${head}a_total{b="c\\"\\\\\\n,}"} 1\n`);
  const histogram = (lines) => `# HELP h x\n# TYPE h histogram\n${lines.join('\n')}\n`;
  parseExposition(histogram(['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', 'h_sum 3.5', 'h_count 2']));
  for (const [why, text] of Object.entries({
    'no end of line': `${head}a_total 1`,
    'no type': 'a_total 1\n',
    'twice the same': `${head}a_total{b="c"} 1\na_total{b="c"} 2\n`,
    'an open label': `${head}a_total{b="c} 1\n`,
    'a comma too many': `${head}a_total{b="c",} 1\n`,
    'a wrong escape': `${head}a_total{b="\\t"} 1\n`,
    'no number': `${head}a_total one\n`,
    'two blanks': `${head}a_total  1\n`,
    'less than nothing': `${head}a_total -1\n`,
    'another name': `${head}b_total 1\n`,
    'no bound above all': histogram(['h_bucket{le="1"} 1', 'h_sum 3.5', 'h_count 1']),
    'bounds that fall': histogram([
      'h_bucket{le="2"} 1',
      'h_bucket{le="1"} 1',
      'h_bucket{le="+Inf"} 2',
      'h_sum 3.5',
      'h_count 2',
    ]),
    'counts that fall': histogram(['h_bucket{le="1"} 3', 'h_bucket{le="+Inf"} 2', 'h_sum 3.5', 'h_count 2']),
    'another count': histogram(['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', 'h_sum 3.5', 'h_count 3']),
  })) {
    assert.throws(() => parseExposition(text), Error, why);
  }
});

test('what workers do is counted, refused and repeated reports too', async () => {
  const [user, worker] = [await signIn(), new TestWorker()];
  const before = await metrics();
  const claim = await order(user, worker);
  const sign = await worker.report(claim, {
    status: 'processing',
    progress: 10,
    uptime_seconds: 91,
    gpu: { memory_used_bytes: 6e9, memory_total_bytes: 48e9 },
  });
  assert.equal(sign.status, 200);
  assertRefused(
    await worker.report(claim, { status: 'completed', assets: [claim.keys.find(({ role }) => role === 'image').key] }),
    422,
    'invalid_asset',
  );
  const end = { status: 'completed', assets: [await worker.upload(claim, 0, DOT)] };
  assert.equal((await worker.report(claim, end)).status, 200);
  assert.equal((await worker.report(claim, end)).body.replayed, true);
  assert.equal(
    (await worker.report({ ...claim, leaseId: crypto.randomUUID() }, { status: 'failed' })).body.ignored,
    true,
  );

  const machine = { worker: worker.id };
  // The rare outcomes are counted after the answer.
  const seen = await until('the last report to be counted', async () => {
    const now = await metrics();
    return sampleOf(now, 'callbacks_total', { outcome: 'terminal' }) >
      sampleOf(before, 'callbacks_total', { outcome: 'terminal' })
      ? now
      : null;
  });
  const grown = (name, labels) => sampleOf(seen, name, labels) - (sampleOf(before, name, labels) ?? 0);
  const outcomes = ['heartbeat', 'refused', 'completed', 'replayed', 'terminal'].map((outcome) =>
    grown('callbacks_total', { outcome }),
  );
  assert.deepEqual(outcomes, [2, 1, 1, 1, 1], 'an upload is asked for with a heartbeat');
  assert.equal(grown('jobs_ended_total', { job_type: 'image_fast', status: 'completed' }), 1);
  assert.equal(grown('jobs_submitted_total', { job_type: 'image_fast' }), 1);
  assert.equal(grown('bucket_bytes', { bucket: 'image_fast' }), DOT.length);
  assert.deepEqual(
    ['used', 'total'].map((kind) => sampleOf(seen, `worker_gpu_memory_${kind}_bytes`, machine)),
    [6e9, 48e9],
  );
  assert.ok(sampleOf(seen, 'worker_up_seconds', machine) >= 91);
  const { samples } = seen.get('ourvidz_job_run_seconds');
  assert.ok(
    samples.some(
      ({ name, labels, value }) => name.endsWith('_count') && labels.job_type === 'image_fast' && value >= 1,
    ),
  );
  const credits = seen.get('ourvidz_credits').samples.map(({ value }) => value);
  assert.equal(
    credits.reduce((sum, value) => sum + value, 0),
    0,
  );
});

test('everything that is described is written, but for what has not happened', async () => {
  const families = await metrics();
  const described = [
    ...read('shared/core/src/wire/metrics.rs')
      .split('#[cfg(test)]')[0]
      .matchAll(/\(\s*"(\w+)",\s*"(?:gauge|counter|histogram)"/g),
  ].map(([, name]) => `ourvidz_${name}`);
  const missing = described.filter((name) => !families.has(name));
  // Failures and passes of the sweep come with other tests, or not.
  const mayMiss = ['ourvidz_jobs_failed_total', 'ourvidz_jobs_failed_last_hour', 'ourvidz_sweep_seconds'];
  assert.deepEqual(
    missing.filter((name) => !mayMiss.includes(name)),
    [],
  );
  assert.deepEqual(
    [...families.keys()].filter((name) => !described.includes(name)),
    [],
  );
});
