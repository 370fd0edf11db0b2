// Tags in the library and the viewer: put on and taken off, of one and of many, and filtered by. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsInEveryLook, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';

const LONG = 'paper boats on a pond in early light';
// A desktop of 1280 by 1024 at 400 %.
const MAGNIFIED = { width: 320, height: 256 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const tiles = (page) => page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');
const open = (page, place) => tiles(page).nth(place).getByRole('button').first();
const sheet = (page, name = 'Tags') => page.getByRole('dialog', { name, exact: true });
const chip = (dialog, tag) => dialog.getByRole('list', { name: 'Tags' }).getByRole('listitem').filter({ hasText: tag });
const filter = (page) => page.getByRole('combobox', { name: 'Tag', exact: true });

/** Six pictures in a library of somebody's own. */
async function library() {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'six paper boats', ['6']);
  await untilStatus(card, 'completed');
  await page.goto('/#/library?saved=');
  await tiles(page).nth(5).waitFor();
  return { context, page, complaints };
}

test('many are tagged at once and found by the tag, and the tag is taken off again', async () => {
  const { context, page, complaints } = await library();
  assert.equal(await filter(page).isVisible(), false, 'there is nothing to choose from');
  await open(page, 0).click({ modifiers: ['Control'] });
  await open(page, 2).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('toolbar', { name: 'Selected pictures' });
  await bar.getByRole('button', { name: 'Tags' }).click();
  const many = sheet(page, 'Tags of 3 items');
  await many.getByText('No tag yet.').waitFor();
  // As long as a tag can be.
  await page.keyboard.type(' Paper  BOATS on a pond in early LIGHT ');
  await page.keyboard.press('Enter');
  await chip(many, LONG).waitFor();
  assert.deepEqual(await faultsInEveryLook(page), []);
  await page.keyboard.press('Escape');
  await bar.getByRole('button', { name: 'Clear' }).click();

  // One of them has another one, by the keyboard.
  await open(page, 0).focus();
  await page.keyboard.press('t');
  await sheet(page).getByLabel('Add a tag').fill('best');
  await page.keyboard.press('Enter');
  await chip(sheet(page), 'best').waitFor();
  await page.keyboard.press('Escape');
  await sheet(page).waitFor({ state: 'detached' });

  await filter(page).selectOption(LONG);
  await page.getByText('3 items').waitFor();
  assert.match(page.url(), /tag=paper\+boats\+on/);
  await page.reload();
  await page.getByText('3 items').waitFor();
  assert.deepEqual(await filter(page).locator('option').allTextContents(), ['Every tag', 'best', LONG]);
  assert.deepEqual(await faultsInEveryLook(page), []);

  const before = page.viewportSize();
  await page.setViewportSize(MAGNIFIED);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), MAGNIFIED.width);
  await page.setViewportSize(before);

  await open(page, 0).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('t');
  await chip(many, 'best').getByText('on 1').waitFor();
  await many.getByRole('button', { name: `Take ${LONG} off` }).click();
  await chip(many, LONG).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByText('Nothing fits these filters').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await tiles(page).nth(5).waitFor();
  assert.deepEqual(await filter(page).locator('option').allTextContents(), ['Every tag', 'best']);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('in the viewer one is tagged, and what is refused is said where it was typed', async () => {
  const { context, page, complaints } = await library();
  await open(page, 0).click();
  const viewer = page.getByRole('dialog', { name: 'Viewer' });
  await viewer.getByRole('button', { name: 'Tags' }).click();
  const typed = sheet(page).getByLabel('Add a tag');
  for (const tag of ['snow', 'fox']) {
    await typed.fill(tag);
    await page.keyboard.press('Enter');
    await chip(sheet(page), tag).waitFor();
  }
  await page.keyboard.press('Escape');
  await viewer.getByText('fox, snow', { exact: true }).waitFor();
  await page.keyboard.press('t');
  await chip(sheet(page), 'fox').waitFor();

  await page.route('**/api/assets/*', (route) =>
    route.fulfill({
      status: 409,
      json: {
        success: false,
        error: 'No.',
        code: 'state_conflict',
        retryable: false,
        details: { field: 'add_tags', limit: 20 },
        requestId: 'x',
      },
    }),
  );
  await typed.fill('one more');
  await page.keyboard.press('Enter');
  await sheet(page)
    .getByRole('alert')
    .getByText(/20 at most/)
    .waitFor();
  assert.equal(await chip(sheet(page), 'one more').count(), 0);
  assert.deepEqual(await faultsInEveryLook(page), []);
  assert.equal(complaints.length, 1, 'the browser tells of the refusal');
  await context.close();
});
