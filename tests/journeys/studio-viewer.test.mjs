// Looking closely, comparing, and doing something with many at once: in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const tiles = (page) => page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');

test('a picture is enlarged, moved, compared with the next, and its details are copied', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signInByForm(page);
  const card = await order(page, 'three paper boats', ['3']);
  await untilStatus(card, 'completed');
  await card.getByRole('button', { name: /^1 of 3/ }).click();
  const large = page.getByRole('dialog');
  const picture = large.locator('.viewer-media img').first();
  await page.waitForFunction(() => document.querySelector('dialog img')?.complete);
  const width = async () => (await picture.boundingBox()).width;
  const whole = await width();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  assert.ok((await width()) > whole * 2);
  const before = await picture.boundingBox();
  const frame = await large.locator('.viewer-media').boundingBox();
  await page.mouse.move(frame.x + frame.width / 2, frame.y + frame.height / 2);
  await page.mouse.down();
  await page.mouse.move(frame.x + frame.width / 2 - 80, frame.y + frame.height / 2);
  await page.mouse.up();
  assert.ok(Math.abs((await picture.boundingBox()).x - (before.x - 80)) < 2, 'it was dragged');
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.keyboard.press('0');
  assert.ok(Math.abs((await width()) - whole) < 1);

  await large.getByRole('button', { name: 'Compare with the next' }).click();
  const slider = large.getByRole('slider', { name: /left picture/ });
  await slider.fill('20');
  const shown = await large.locator('.compare-above').evaluate((image) => getComputedStyle(image).clipPath);
  assert.match(shown, /80%/);
  assert.deepEqual(await accessibilityFaults(page), []);
  await large.getByRole('button', { name: 'Compare with the next' }).click();

  await large.getByRole('button', { name: 'Copy details' }).click();
  await page.locator('.toast').getByText('Details copied.').waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^three paper boats\nMade by: SDXL picture, fast\nOrigin: AI-generated\n/);
  assert.match(text, /\nSeed: \d+$/);
  await large.getByRole('button', { name: 'Vary' }).click();
  assert.equal(await prompt(page).inputValue(), 'three paper boats');
  assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), '');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('many pictures are selected by mouse and by keyboard, and saved, deleted and brought back together', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'six paper boats', ['6']);
  await untilStatus(card, 'completed');
  await page.goto('/#/library?saved=');
  await tiles(page).nth(5).waitFor();
  const open = (place) => tiles(page).nth(place).getByRole('button').first();
  await open(1).click({ modifiers: ['Control'] });
  await open(3).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('toolbar', { name: 'Selected pictures' });
  await bar.getByText('3 selected').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await bar.getByRole('button', { name: 'Save' }).click();
  await page.locator('.toast').getByText('3 saved to the library.').waitFor();
  await bar.getByRole('button', { name: 'Clear' }).click();
  await bar.waitFor({ state: 'hidden' });

  await open(0).focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
  await bar.getByText('2 selected').waitFor();
  await page.keyboard.press('Delete');
  await page.getByText('2 deleted.', { exact: true }).waitFor();
  assert.equal(await tiles(page).count(), 4);
  await bar.waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+z');
  await tiles(page).nth(5).waitFor();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.getByText('Take a deletion back').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await context.close();
});
