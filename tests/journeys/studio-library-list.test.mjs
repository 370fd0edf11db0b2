// What the library's list says: what happens while it is read, its order, its dates. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const pictures = (page) => page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');

/** Holds requests back: `arrived` when one is there, `release()` lets it go on. */
async function hold(page, pattern, method, asItWas = false) {
  let tell;
  let release;
  const arrived = new Promise((resolve) => {
    tell = resolve;
  });
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(pattern, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    // The answer as it was before what comes while it is on its way.
    const response = asItWas ? await route.fetch() : undefined;
    tell();
    await released;
    return response ? route.fulfill({ response }) : route.continue();
  });
  return { arrived, release };
}

test('a picture that is saved while the list is read is in it', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'a red fox in snow', ['3']);
  await untilStatus(card, 'completed');

  // The list is asked for before the service has heard of the heart.
  const save = await hold(page, '**/api/assets/*', 'PATCH');
  await card.getByRole('button', { name: 'Save to the library, 1' }).click();
  await save.arrived;
  const listed = page.waitForResponse((response) => /\/api\/assets\?/.test(response.url()));
  await page.getByRole('link', { name: 'Library' }).click();
  await listed;
  await pictures(page).first().waitFor();
  save.release();
  assert.equal(await pictures(page).count(), 1);

  // Another tab saves one while the answer is on its way.
  await page.getByRole('link', { name: 'Workspace' }).click();
  const other = await context.newPage();
  await other.goto('/');
  const again = other.getByRole('article').filter({ hasText: 'a red fox in snow' });
  await again.getByRole('button', { name: 'Save to the library, 2' }).waitFor();
  const list = await hold(page, '**/api/assets?*', 'GET', true);
  await page.getByRole('link', { name: 'Library' }).click();
  await list.arrived;
  await again.getByRole('button', { name: 'Save to the library, 2' }).click();
  await again.getByRole('button', { name: 'Remove from the library, 2' }).waitFor();
  // This tab has heard of it.
  await page
    .getByRole('button', { name: 'Remove from the library, 2', includeHidden: true })
    .waitFor({ state: 'attached' });
  const answered = page.waitForEvent('requestfinished', (request) => /\/api\/assets\?/.test(request.url()));
  list.release();
  await answered;
  // Long enough to be drawn.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  assert.equal(await pictures(page).count(), 2);
  assert.deepEqual(complaints, []);
  await context.close();
});
