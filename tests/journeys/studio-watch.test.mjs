// A batch that comes picture by picture and not as a whole, made by a worker of the test.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';
import { call, DOT, TestWorker } from './client.mjs';

// The stack's own worker, which must leave the job to the test.
const OTHER = { worker_id: 'local-preview', reason: 'test' };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('a grid fills picture by picture, and what was not made is said and not charged', async (context) => {
  const admin = (verb) =>
    call('POST', `/api/admin/${verb}`, { body: OTHER, headers: { 'x-admin-secret': process.env.ADMIN_SECRET } });
  assert.equal((await admin('pause')).status, 200);
  context.after(() => admin('resume'));
  const { context: window, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'six birds on a wire', ['6']);
  await card.getByText('all workers for SDXL are paused', { exact: false }).waitFor();
  const id = await card.getAttribute('data-job-id');

  const worker = new TestWorker();
  const { body: claim } = await worker.claim('sdxl_queue', { job_id: id });
  assert.equal(claim.job_id, id);
  await untilStatus(card, 'processing');
  const keys = Array(6).fill(null);
  for (const index of [0, 2, 3, 5]) {
    keys[index] = await worker.upload(claim, index, DOT);
    const assets = keys.map((key, place) => (place === index ? key : null));
    assert.equal(
      (await worker.report(claim, { status: 'processing', progress: 10 * (index + 1), assets })).status,
      200,
    );
    await card.getByRole('button', { name: `${index + 1} of 6: six birds on a wire`, exact: true }).waitFor();
  }
  await card.getByText('60 %').waitFor();
  assert.equal(await card.locator('.tile.working').count(), 2);
  assert.equal((await worker.report(claim, { status: 'completed', assets: keys, failed_indices: [1, 4] })).status, 200);
  await untilStatus(card, 'completed');
  await card.getByText('4 of 6 made').waitFor();
  assert.equal(await card.getByText('Not made').count(), 2);
  await card.getByText('4 credits').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.deepEqual(complaints, []);
  await window.close();
});
