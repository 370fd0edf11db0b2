// What somebody meets at first: three hints, and silence until they ask for a sound. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsInEveryLook, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';
import { until } from './client.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const hints = (page) => page.getByRole('complementary', { name: 'First steps' });

test('three hints come one after the other, and never again', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await hints(page).getByText('1 of 3').waitFor();
  assert.deepEqual(await faultsInEveryLook(page), []);
  await hints(page).getByRole('button', { name: 'Next hint' }).focus();
  await page.keyboard.press('Enter');
  await hints(page).getByText('2 of 3').waitFor();
  await page.reload();
  await hints(page).getByText('1 of 3').waitFor();
  for (const name of ['Next hint', 'Next hint', 'Got it']) await hints(page).getByRole('button', { name }).click();
  await hints(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'feed-title', 'the keyboard is not lost');
  await page.reload();
  await page.getByText('Nothing here yet').waitFor();
  assert.equal(await hints(page).count(), 0);
  await context.close();

  // Put away at once, which is each person's own choice.
  const other = await openWindow(browser);
  await signInByForm(other.page);
  await hints(other.page).getByRole('button', { name: 'Hide the hints' }).click();
  await other.page.reload();
  await other.page.getByText('Nothing here yet').waitFor();
  assert.equal(await hints(other.page).count(), 0);
  assert.deepEqual([...complaints, ...other.complaints], []);
  await other.context.close();
});

test('nothing sounds until it is asked for, and then once for a job', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await context.addInitScript(() => {
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      window.tones += 1;
      start.apply(this, when);
    };
  });
  await page.reload();
  await signInByForm(page);
  const tones = () => page.evaluate(() => window.tones);
  await untilStatus(await order(page, 'a silent lake'), 'completed');
  await page.locator('summary[aria-label="Account"]').click();
  const box = page.getByRole('checkbox', { name: 'Sound when a job is done' });
  assert.equal(await box.isChecked(), false);
  assert.equal(await tones(), 0);
  await box.check();
  assert.equal(await tones(), 2, 'it can be heard at once');
  assert.deepEqual(await faultsInEveryLook(page), []);
  await page.keyboard.press('Escape');
  await untilStatus(await order(page, 'a loud waterfall'), 'completed');
  await until('the sound', async () => (await tones()) === 4);
  await page.reload();
  await page.locator('summary[aria-label="Account"]').click();
  await box.uncheck();
  await page.keyboard.press('Escape');
  await untilStatus(await order(page, 'a quiet meadow'), 'completed');
  assert.equal(await tones(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});
