// What those notice who look at another tab meanwhile: the title, the icon, and a notification. In a real browser, whose
// notifications and whose other tabs are played, because there is no desktop here.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';
import { until } from './client.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('who looks away is told that a job is done, and asked before, once, at the first long one', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await context.addInitScript(() => {
    window.told = [];
    window.titles = [];
    window.isAway = false;
    window.Notification = class {
      static permission = 'default';
      static async requestPermission() {
        window.Notification.permission = 'granted';
        return 'granted';
      }
      constructor(text, options) {
        window.told.push({ text, ...options });
      }
    };
    Object.defineProperty(document, 'hidden', { get: () => window.isAway });
    new MutationObserver(() => window.titles.push(document.title)).observe(document, {
      childList: true,
      subtree: true,
    });
  });
  let seconds = 5;
  await context.route('**/functions/v1/queue-job', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), etaSeconds: seconds } });
  });
  await page.reload();
  await signInByForm(page);
  const offer = page.getByRole('button', { name: 'Notify me when it is done' });
  const icon = () => page.locator('link[rel="icon"]').getAttribute('href');
  const told = () => page.evaluate(() => window.told);
  const look = (away) =>
    page.evaluate((isAway) => {
      window.isAway = isAway;
      document.dispatchEvent(new Event('visibilitychange'));
    }, away);

  await untilStatus(await order(page, 'a short walk'), 'completed');
  assert.equal(await offer.count(), 0, 'nobody waits for a short one');
  seconds = 120;
  const long = await order(page, 'a long way home');
  await offer.click();
  await untilStatus(long, 'completed');
  assert.deepEqual(await told(), [], 'who looks sees it');
  assert.equal(await icon(), '/favicon.svg');
  assert.ok((await page.evaluate(() => window.titles)).includes('(1) Workspace · OurVidz Studio'));

  await look(true);
  const other = await order(page, 'a secret garden');
  await untilStatus(other, 'completed');
  await until('the notification', async () => (await told()).length === 1);
  const [{ text, icon: shown, tag }] = await told();
  assert.equal(text, 'Done: SDXL picture, fast');
  assert.equal(shown, '/favicon.svg');
  assert.equal(tag, await other.getAttribute('data-job-id'));
  assert.ok(!JSON.stringify(await told()).includes('secret'), 'others may see the screen');
  assert.equal(await icon(), '/images/favicon-done.svg');
  assert.match(await page.title(), /^✓ /);
  assert.equal((await page.request.get('/images/favicon-done.svg')).status(), 200);

  await look(false);
  assert.equal(await icon(), '/favicon.svg');
  assert.equal(await page.title(), 'Workspace · OurVidz Studio');
  assert.equal(await offer.count(), 0, 'nobody is asked twice');
  assert.deepEqual(complaints, []);
  await context.close();
});
