// What the library's list says: what happens while it is read, its order, its dates. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { faultsInEveryLook, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';
import { signIn, until } from './client.mjs';

let browser;
let database;
before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await database?.end();
});

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

/** Makes batches of three and says how many days ago that was; resolves to what each picture is called here. */
async function madeBefore(email, batches) {
  const user = await signIn(email);
  const names = new Map();
  for (const [prompt, days] of batches) {
    const { body } = await user.submit('sdxl_image_fast', { prompt, num_images: 3 });
    const { assets } = await user.ended(body.job.id);
    for (const { id, image_index: index } of assets) names.set(id, `${prompt} ${index}`);
    await database.query(
      `update public.images set created_at = created_at - $1 * interval '1 day', saved = true where job_id = $2`,
      [days, body.job.id],
    );
  }
  return names;
}

const day = (daysAgo) => {
  const date = new Date(Date.now() - daysAgo * 86_400_000);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
};

test('the list has an order and dates, kept in the address', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const email = await signInByForm(page);
  const names = await madeBefore(email, [
    ['barn', 40],
    ['bridge', 3],
    ['house', 0],
  ]);
  /** Waits until the list has exactly these batches, in this order. */
  const untilShown = async (...batches) => {
    const wanted = batches.flatMap((batch) => [0, 1, 2].map((index) => `${batch} ${index}`));
    const ids = () =>
      page.locator('.wall .tile[data-asset-id]').evaluateAll((all) => all.map((one) => one.dataset.assetId));
    await until(wanted.join(), async () => (await ids()).map((id) => names.get(id)).join() === wanted.join());
  };
  await page.getByRole('link', { name: 'Library' }).click();
  await untilShown('house', 'bridge', 'barn');
  await page.getByLabel('Order', { exact: true }).selectOption({ label: 'Oldest first' });
  await untilShown('barn', 'bridge', 'house');
  await page.getByLabel('Made', { exact: true }).selectOption({ label: 'Last 7 days' });
  await untilShown('bridge', 'house');
  await page.reload();
  await untilShown('bridge', 'house');
  assert.equal(await page.getByLabel('Made', { exact: true }).inputValue(), '6');
  assert.equal(await page.getByLabel('Order', { exact: true }).inputValue(), 'oldest');

  await page.getByLabel('Made', { exact: true }).selectOption({ label: 'Choose days …' });
  assert.equal(await page.evaluate(() => document.activeElement.name), 'from', 'the keyboard is where it goes on');
  await page.getByLabel('From', { exact: true }).fill(day(50));
  await page.getByLabel('To', { exact: true }).fill(day(2));
  await untilShown('barn', 'bridge');
  assert.deepEqual(await faultsInEveryLook(page), []);
  await page.getByLabel('From', { exact: true }).fill(day(2));
  await page.getByText('Nothing fits these filters').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await untilShown('barn', 'bridge', 'house');
  assert.equal(await page.getByLabel('From', { exact: true }).isVisible(), false);

  // What is finished while the oldest come first is the last.
  await page.getByRole('radio', { name: 'Everything' }).check();
  const user = await signIn(email);
  const { body } = await user.submit('sdxl_image_fast', { prompt: 'tower', num_images: 3 });
  for (const { id, image_index: index } of (await user.ended(body.job.id)).assets) names.set(id, `tower ${index}`);
  await untilShown('barn', 'bridge', 'house', 'tower');
  await page.goBack();
  await page.goBack();
  await page.getByText('Nothing fits these filters').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
