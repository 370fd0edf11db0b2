// Deleting with a way back, in a real browser: many deletions are one message, and nothing goes before its time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';

const NOTICES = 4;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('deletions are one message that other messages leave alone, and each is taken back by its own key press', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const deletes = [];
  page.on('request', (request) => request.method() === 'DELETE' && deletes.push(request.url()));
  await signInByForm(page);
  const card = await order(page, 'six paper boats', ['6']);
  await untilStatus(card, 'completed');
  await page.goto('/#/library?saved=');
  const tiles = page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');
  await tiles.nth(5).waitFor();
  await tiles.first().getByRole('button').first().focus();
  for (const left of [5, 4, 3, 2]) {
    await page.keyboard.press('Delete');
    await page.getByText(left === 5 ? 'Deleted.' : `${6 - left} deleted.`, { exact: true }).waitFor();
    assert.equal(await tiles.count(), left);
  }
  const undo = page.getByRole('button', { name: 'Undo' });
  assert.equal(await undo.count(), 1);
  // Held by the focus, so that the test has all the time it needs.
  await undo.focus();
  for (let press = 0; press < NOTICES; press += 1)
    await tiles
      .first()
      .getByRole('button')
      .last()
      .evaluate((heart) => heart.click());
  await page.getByText('Removed from the library.').first().waitFor();
  assert.equal(await page.locator('.toast').filter({ hasText: 'library' }).count(), NOTICES - 1);
  await page.getByText('4 deleted.', { exact: true }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);

  await page.keyboard.press('Control+z');
  await page.getByText('3 deleted.', { exact: true }).waitFor();
  assert.equal(await tiles.count(), 3);
  await undo.click();
  await tiles.nth(5).waitFor();
  assert.equal(await page.locator('.toast').filter({ hasText: 'deleted' }).count(), 0);
  assert.deepEqual(deletes, []);
  assert.deepEqual(complaints, []);
  await context.close();
});
