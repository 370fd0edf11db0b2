// Ordering while other orders are on their way, and what becomes of cards that nobody needs any more: in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const TOO_MANY = {
  success: false,
  code: 'too_many_active_jobs',
  error: 'There are too many unfinished jobs.',
  retryable: true,
};
const cardOf = (page, text) => page.getByRole('article').filter({ hasText: text });

/** Holds all orders back until `release()`. */
async function holdOrders(context) {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await context.route('**/queue-job', async (route) => {
    await released;
    await route.fallback();
  });
  return release;
}

test('a second order goes out while the first is on its way, and each has its card at once', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const release = await holdOrders(context);
  for (const text of ['a first lighthouse', 'a second lighthouse']) {
    await prompt(page).fill(text);
    await page.keyboard.press('Control+Enter');
    await cardOf(page, text).waitFor();
  }
  assert.equal(await page.locator('article[data-status="sending"]').count(), 2);
  assert.deepEqual(await accessibilityFaults(page), []);
  release();
  await untilStatus(cardOf(page, 'a first lighthouse'), 'completed');
  await untilStatus(cardOf(page, 'a second lighthouse'), 'completed');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a double click orders once', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  let sent = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/queue-job')) sent += 1;
  });
  await prompt(page).fill('a lighthouse');
  await page.getByRole('button', { name: 'Generate' }).dblclick();
  await untilStatus(cardOf(page, 'a lighthouse'), 'completed');
  assert.equal(sent, 1);
  await context.close();
});

test('an order that was refused while the next one is written keeps its card and its reason', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  let refuse;
  const released = new Promise((resolve) => {
    refuse = resolve;
  });
  await context.route('**/queue-job', async (route) => {
    await released;
    await route.fulfill({ status: 429, json: TOO_MANY });
  });
  await prompt(page).fill('a lighthouse that is refused');
  await page.keyboard.press('Control+Enter');
  const card = cardOf(page, 'a lighthouse that is refused');
  await card.waitFor();
  await prompt(page).fill('another lighthouse');
  refuse();
  await card.getByText('You have as many unfinished jobs as you can have.').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.equal(await prompt(page).inputValue(), 'another lighthouse', 'what is being written is left alone');
  await card.getByRole('button', { name: 'Reuse settings' }).click();
  assert.equal(await prompt(page).inputValue(), 'a lighthouse that is refused');
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await card.waitFor({ state: 'detached' });
  await context.close();
});

test('a canceled job can be dismissed, and stays so', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'waves roll onto a beach', ['Video']);
  await card.getByRole('button', { name: 'Cancel' }).click();
  await untilStatus(card, 'canceled');
  await card.getByRole('button', { name: 'Dismiss' }).click();
  await card.waitFor({ state: 'detached' });
  assert.equal(
    await page.evaluate(() => document.activeElement !== document.body),
    true,
    'the focus stays on the page',
  );
  await page.reload();
  await page.getByText('Nothing here yet').waitFor();
  assert.equal(await card.count(), 0);
  await context.close();
});

// What canceling costs depends on a progress that no test can hold still, so the list is told to the page.
test('what canceling costs stands there before the click, and what became of the credits after it', async () => {
  const { context, page } = await openWindow(browser);
  const job = (number, fields) => ({
    id: `00000000-0000-4000-8000-00000000000${number}`,
    job_type: 'video_fast',
    prompt: `job ${number}`,
    metadata: {},
    created_at: new Date(Date.UTC(2026, 0, number)).toISOString(),
    assets: [],
    ...fields,
  });
  const items = [
    job(3, { status: 'queued', progress: 0, cancelCost: 0, credits: { held: 5, charged: 0, released: 0 } }),
    job(2, { status: 'processing', progress: 40, cancelCost: 2, credits: { held: 5, charged: 0, released: 0 } }),
    job(1, { status: 'canceled', progress: 40, cancelCost: null, credits: { held: 0, charged: 2, released: 3 } }),
  ];
  await context.route('**/api/jobs?*', (route) => route.fulfill({ json: { success: true, items, nextCursor: null } }));
  await signInByForm(page);
  await cardOf(page, 'job 3').getByText('Canceling costs nothing now.').waitFor();
  await cardOf(page, 'job 2').getByText('Canceling now costs about 2 of 5 credits.').waitFor();
  const description = await cardOf(page, 'job 2')
    .getByRole('button', { name: 'Cancel' })
    .evaluate((button) => document.getElementById(button.getAttribute('aria-describedby')).textContent);
  assert.match(description, /2 of 5/);
  await cardOf(page, 'job 1').getByText('2 credits charged, 3 returned').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await context.close();
});
