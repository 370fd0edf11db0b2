// The page as an installed program, and beside other tabs: in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('it can be installed, and without a network says so instead of nothing', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const manifest = await page.evaluate(async () => {
    const response = await fetch(document.querySelector('link[rel="manifest"]').href);
    return { type: response.headers.get('content-type'), body: await response.json() };
  });
  assert.match(manifest.type, /json/);
  assert.equal(manifest.body.display, 'standalone');
  for (const { src } of manifest.body.icons) assert.equal((await context.request.get(src)).status(), 200, src);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  assert.deepEqual(complaints, []);
  await context.setOffline(true);
  await page.goto('/#/library').catch(() => {});
  await page.reload();
  await page.getByRole('heading', { name: 'You are offline' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.equal(await page.getByRole('link', { name: 'Try again' }).getAttribute('href'), '/');
  await context.close();
});

test('the title counts what runs', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  await prompt(page).waitFor();
  assert.equal(await page.title(), 'Workspace · OurVidz Studio');
  const card = await order(page, 'waves roll onto a beach', ['Video']);
  await page.waitForFunction(() => document.title === '(1) Workspace · OurVidz Studio');
  await card.getByRole('button', { name: 'Cancel' }).click();
  await untilStatus(card, 'canceled');
  await page.waitForFunction(() => document.title === 'Workspace · OurVidz Studio');
  await context.close();
});
