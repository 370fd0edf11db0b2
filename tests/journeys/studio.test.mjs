// The page in a real browser, against the running stack.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  accessibilityFaults,
  faultsInEveryLook,
  launch,
  openWindow,
  order,
  prompt,
  signInByForm,
  untilStatus,
} from './browser.mjs';
import { BASE } from './client.mjs';

const TABS = 4;
// As gzip sends it. A slow phone has it in a few seconds.
const FIRST_LOAD_BYTES = 130 * 1024;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('three pictures are ordered, appear one by one, and are there after a reload', async () => {
  const { context, page, complaints } = await openWindow(browser);
  assert.deepEqual(await faultsInEveryLook(page), []);
  await signInByForm(page);

  const card = await order(page, 'a red fox in snow', ['3']);
  await card.getByRole('progressbar').waitFor();
  assert.match(
    await page
      .getByText(/on hold/)
      .first()
      .textContent(),
    /3 on hold/,
  );
  await untilStatus(card, 'completed');
  const pictures = card.locator('img.loaded');
  await pictures.nth(2).waitFor();
  assert.deepEqual(await faultsInEveryLook(page), []);

  await page.reload();
  await pictures.nth(2).waitFor();

  await card.getByRole('button', { name: /^2 of 3/ }).click();
  const large = page.getByRole('dialog');
  await large.getByText('2 of 3', { exact: true }).waitFor();
  await page.waitForFunction(() => document.querySelector('dialog img').complete);
  assert.deepEqual(
    await large.locator('img').evaluate((image) => [image.naturalWidth, image.naturalHeight]),
    [1024, 1024],
  );
  await page.keyboard.press('ArrowRight');
  await large.getByText('3 of 3', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'hidden' });
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the first load is small, comes from here alone, and its policy allows nothing inline', async () => {
  const page = await browser.newPage({ baseURL: BASE });
  const fetched = [];
  page.on('response', (response) => fetched.push(response));
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const [document] = fetched;
  const policy = document.headers()['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
  assert.deepEqual(
    fetched.filter((response) => !response.url().startsWith(BASE)).map((response) => response.url()),
    [],
  );
  // The rules in WebAssembly are not needed to begin, and are counted by the client's own tests.
  const files = fetched.filter((response) => !response.url().endsWith('.wasm'));
  const sizes = await Promise.all(
    files.map(async (response) => [gzipSync(await response.body()).length, new URL(response.url()).pathname]),
  );
  const total = sizes.reduce((sum, [size]) => sum + size, 0);
  assert.ok(
    total < FIRST_LOAD_BYTES,
    `${total} bytes: ${sizes
      .sort((one, other) => other[0] - one[0])
      .map((each) => each.join(' '))
      .join(', ')}`,
  );
  await page.close();
});

test('a video plays', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'waves roll onto a beach', ['Video']);
  await untilStatus(card, 'completed');
  const video = card.locator('video');
  await video.evaluate((player) => {
    player.muted = true;
    return player.play();
  });
  await page.waitForFunction((player) => player.readyState >= 2 && player.currentTime > 0, await video.elementHandle());
  assert.deepEqual(await video.evaluate((player) => [player.videoWidth, player.videoHeight]), [480, 832]);
  assert.ok(await video.evaluate((player) => player.poster), 'it has a poster');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('what cannot be ordered is said before it is sent', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  let sent = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/queue-job')) sent += 1;
  });
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('alert').getByText('Write a prompt first.').waitFor();
  await page.getByLabel('Seed', { exact: true }).fill('many');
  await order(page, 'a red fox in snow');
  await page.getByRole('alert').getByText('A seed is a whole number', { exact: false }).waitFor();
  assert.equal(await page.getByLabel('Seed', { exact: true }).getAttribute('aria-invalid'), 'true');
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.equal(sent, 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the form tells how much of a prompt SDXL reads', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await prompt(page).fill('a red fox in snow');
  await page.getByText('5 of 75 tokens').waitFor();
  await prompt(page).fill(`${'fox '.repeat(74)}in deep snow`);
  await page.getByText('77 of 75 tokens').waitFor();
  assert.match(await page.getByText(/SDXL reads no further/).textContent(), /fox in”/);
  await page.getByRole('radio', { name: 'Video', exact: true }).check();
  await page.getByText('308 of 2,000').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('without the rules in wasm the server checks, and its refusal is shown', async () => {
  const { context, page } = await openWindow(browser);
  await context.route('**/client/*.wasm', (route) => route.abort());
  await page.reload();
  await signInByForm(page);
  await page.getByText(/the server checks after you submit/).waitFor();
  await page.getByLabel('Seed', { exact: true }).fill('many');
  await order(page, 'a red fox in snow');
  await page.getByRole('alert').getByText('A seed is a whole number', { exact: false }).waitFor();
  await page.getByLabel('Seed', { exact: true }).fill('7');
  const card = await order(page, 'a red fox in snow');
  await untilStatus(card, 'completed');
  await context.close();
});

test('an order without an answer is sent again and carried out once', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  const keys = new Set();
  let answersToLose = 4;
  await context.route('**/queue-job', async (route) => {
    keys.add(route.request().headers()['idempotency-key']);
    // The order arrives, its answer does not: as often as the page tries by itself.
    await route.fetch();
    if (answersToLose > 0) await route.abort();
    else await route.fallback();
    answersToLose -= 1;
  });
  await order(page, 'a lighthouse in a storm');
  await page
    .getByRole('alert')
    .getByText(/Nothing is ordered twice/)
    .waitFor();
  const card = await order(page, 'a lighthouse in a storm');
  await untilStatus(card, 'completed');
  assert.equal(keys.size, 1);
  await page.reload();
  await card.waitFor();
  assert.equal(await card.count(), 1);
  await context.close();
});

test('when the network goes away the page says so, and catches up when it is back', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'a paper boat on a pond', ['6']);
  await card.getByRole('button', { name: 'Cancel' }).waitFor();
  await context.setOffline(true);
  await page.getByText('You are offline.').first().waitFor();
  await context.setOffline(false);
  await untilStatus(card, 'completed');
  assert.equal(await page.locator('#banner').isHidden(), true);
  await context.close();
});

test('a job is canceled, tried again, and its settings are used again', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await page.getByLabel('Seed', { exact: true }).fill('42');
  const first = await order(page, 'a glass house in a forest', ['Video']);
  await first.getByRole('button', { name: 'Cancel' }).click();
  await untilStatus(first, 'canceled');
  await prompt(page).fill('something else');
  await page.getByRole('radio', { name: 'Picture' }).check();
  await first.getByRole('button', { name: 'Reuse settings' }).click();
  assert.equal(await prompt(page).inputValue(), 'a glass house in a forest');
  assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), '42');
  assert.equal(await page.getByRole('radio', { name: 'Video' }).isChecked(), true);
  await first.getByRole('button', { name: 'Try again' }).click();
  // The video takes the worker's time from the tests behind this one, so it is called off again.
  const second = page.getByRole('article').first();
  await second
    .and(page.locator('[data-status="queued"], [data-status="processing"]'))
    .getByRole('button', { name: 'Cancel' })
    .click();
  await untilStatus(second, 'canceled');
  assert.equal(await page.getByRole('article').count(), 2);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a second user sees nothing of the first, also in the same browser', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'a secret garden');
  await untilStatus(card, 'completed');
  await page.locator('summary[aria-label="Account"]').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signInByForm(page);
  await page.getByText('Nothing here yet').waitFor();
  assert.equal(await card.count(), 0);
  await context.close();
});

test('many tabs share one stream, and another one goes on when the first is closed', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  let streams = 0;
  const others = await Promise.all(Array.from({ length: TABS }, () => context.newPage()));
  for (const other of others) {
    other.on('request', (request) => {
      if (request.url().includes('/api/events')) streams += 1;
    });
    await other.goto('/');
    await prompt(other).waitFor();
  }
  const first = await order(others[0], 'two birds on a wire');
  await untilStatus(first, 'completed');
  const shown = (tab, text) => tab.getByRole('article').filter({ hasText: text });
  for (const tab of [page, ...others]) await untilStatus(shown(tab, 'two birds on a wire'), 'completed');
  assert.equal(streams, 0, 'the first tab listens for all');
  await page.close();
  await order(others[0], 'three birds on a wire');
  for (const tab of others) await untilStatus(shown(tab, 'three birds on a wire'), 'completed');
  assert.ok(streams > 0, 'one of the others took its place');
  await context.close();
});

test('on a phone and in the dark nothing is cut off or unreadable', async () => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' };
  const { context, page, complaints } = await openWindow(browser, phone);
  assert.deepEqual(await accessibilityFaults(page), []);
  await signInByForm(page);
  const card = await order(page, 'a red fox in snow');
  await untilStatus(card, 'completed');
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  assert.deepEqual(complaints, []);
  await context.close();
});
