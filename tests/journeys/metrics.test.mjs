// What operators see of a real worker: that it is up, how long its jobs wait and run, and what they take up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '../functions/exposition.mjs';
import { call, signIn } from './client.mjs';

const JOB_TYPE = 'sdxl_image_fast';

async function samplesOf(name) {
  const { body } = await call('GET', '/api/metrics', { headers: { 'x-admin-secret': process.env.ADMIN_SECRET } });
  return parseExposition(body).get(`ourvidz_${name}`)?.samples ?? [];
}

test('a worker’s picture is in the numbers', async () => {
  const user = await signIn();
  const room = async () => (await samplesOf('bucket_bytes')).find(({ labels }) => labels.bucket === JOB_TYPE).value;
  const before = await room();
  const { body } = await user.submit(JOB_TYPE, { num_images: 3 });
  const job = await user.ended(body.job.id);
  assert.equal(job.status, 'completed');
  const bytes = job.assets.reduce((sum, { metadata }) => sum + metadata.bytes + metadata.thumbnail_bytes, 0);
  assert.ok(bytes > 0 && (await room()) >= before + bytes, `${before} + ${bytes}`);
  for (const time of ['job_wait_seconds', 'job_run_seconds']) {
    const count = (await samplesOf(time)).find(
      ({ name, labels }) => name.endsWith('_count') && labels.job_type === JOB_TYPE,
    );
    assert.ok(count.value >= 1, time);
  }
  const [up] = (await samplesOf('worker_up_seconds')).filter(({ labels }) => labels.worker === 'local-preview');
  assert.ok(up?.value >= 0, 'the worker says how long it has been up');
  const gpu = await samplesOf('worker_gpu_memory_total_bytes');
  assert.deepEqual(
    gpu.filter(({ labels }) => labels.worker === 'local-preview'),
    [],
    'a preview needs no GPU',
  );
});
