// What the page says of its connection, and that it stops saying it: in a real browser, over a network that breaks.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';

// The page waits four seconds before it speaks of a gap; what is wrong has been said by now.
const SAID_BY_MS = 6_000;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const banner = (page) => page.locator('#banner');

test('one answer that failed is forgotten once the next one came', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  let failures = 1;
  await context.route(/\/api\/jobs\/[0-9a-f-]{36}$/, (route) => {
    if (failures === 0) return route.fallback();
    failures -= 1;
    return route.fulfill({ status: 503, json: { success: false, code: 'unavailable', retryable: true } });
  });
  const card = await order(page, 'a kite over the dunes');
  await untilStatus(card, 'completed');
  assert.equal(failures, 0);
  await page.waitForTimeout(SAID_BY_MS);
  assert.equal(await banner(page).isHidden(), true);
  await context.close();
});

test('who signs out hears no more of the service that was away', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  await context.route(/\/api\/(events|jobs)/, (route) => route.abort());
  const ordered = page.waitForResponse(/\/queue-job$/);
  await order(page, 'a kite over the dunes');
  // What the service has not yet taken is forgotten with the page, and nothing would be followed.
  await (await ordered).finished();
  await page.reload();
  await banner(page)
    .getByText(/can’t be reached/)
    .waitFor();
  await page.locator('summary[aria-label="Account"]').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.waitForTimeout(SAID_BY_MS);
  assert.equal(await banner(page).isHidden(), true);
  await context.close();
});

test('that the network was away is taken back everywhere when it returns', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  await prompt(page).fill('a kite over the dunes');
  await context.setOffline(true);
  await page.keyboard.press('Control+Enter');
  const refusal = page.getByRole('form').getByText('You are offline.');
  await refusal.waitFor();
  await context.setOffline(false);
  await refusal.waitFor({ state: 'hidden' });
  await banner(page).waitFor({ state: 'hidden' });
  await context.close();
});
