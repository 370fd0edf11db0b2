// A batch that comes picture by picture and not as a whole, made by a worker of the test.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';
import { call, DOT, jpeg, TestWorker, until } from './client.mjs';

// The stack's own worker, which must leave the job to the test.
const OTHER = { worker_id: 'local-preview', reason: 'test' };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Has the stack's own worker stand still until the end of the test. */
async function pauseOther(context) {
  const admin = (verb) =>
    call('POST', `/api/admin/${verb}`, { body: OTHER, headers: { 'x-admin-secret': process.env.ADMIN_SECRET } });
  assert.equal((await admin('pause')).status, 200);
  context.after(() => admin('resume'));
}

test('a grid fills picture by picture, and what was not made is said and not charged', async (context) => {
  await pauseOther(context);
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
  await card.getByText('60%').waitFor();
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

test('a frame shows what its picture looks like so far, until that is there', async (context) => {
  await pauseOther(context);
  const { context: window, page, complaints } = await openWindow(browser, { reducedMotion: 'reduce' });
  await signInByForm(page);
  const card = await order(page, 'a heron in the reeds', ['3']);
  await untilStatus(card, 'queued');
  const id = await card.getAttribute('data-job-id');
  const worker = new TestWorker();
  const { body: claim } = await worker.claim('sdxl_queue', { job_id: id });
  await untilStatus(card, 'processing');
  const before = await card.boundingBox();

  const soFar = (place) => card.getByRole('img', { name: `So far: ${place} of 3: a heron in the reeds`, exact: true });
  const beat = (progress, stepPreviews) => worker.report(claim, { status: 'processing', progress, stepPreviews });
  await beat(20, [
    { index: 0, image: jpeg('early') },
    { index: 2, image: jpeg('early') },
  ]);
  await soFar(1).waitFor();
  await soFar(3).waitFor();
  assert.equal(await card.locator('.step-preview').count(), 2);
  assert.equal(await soFar(1).evaluate((image) => image.naturalWidth), 1);
  const { width, height } = await card.boundingBox();
  assert.deepEqual([width, height], [before.width, before.height], 'nothing moves for it');
  assert.ok((await soFar(1).evaluate((image) => Number.parseFloat(getComputedStyle(image).animationDuration))) < 0.001);
  assert.deepEqual(await accessibilityFaults(page), []);

  const earlier = await soFar(3).getAttribute('src');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await beat(60, [{ index: 2, image: jpeg('later') }]);
  await until('the newer one', async () => (await soFar(3).getAttribute('src')) !== earlier);

  const key = await worker.upload(claim, 0, DOT);
  await worker.report(claim, { status: 'processing', progress: 70, assets: [key, null, null] });
  await card.getByRole('button', { name: '1 of 3: a heron in the reeds', exact: true }).waitFor();
  await soFar(1).waitFor({ state: 'detached' });
  assert.equal(await soFar(3).count(), 1, 'the others stay');
  await worker.report(claim, { status: 'completed', assets: [key, null, null], failed_indices: [1, 2] });
  await untilStatus(card, 'completed');
  await soFar(3).waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await window.close();
});
