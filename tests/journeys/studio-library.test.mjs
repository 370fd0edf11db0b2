// Keeping what was made: the library, the viewer, and deleting with undo, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  accessibilityFaults,
  faultsInEveryLook,
  launch,
  openWindow,
  order,
  signInByForm,
  untilStatus,
} from './browser.mjs';
import { signIn, until } from './client.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const pictures = (page) => page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');
const openOf = (page, place) => pictures(page).nth(place).getByRole('button').first();

/** Counts the deletes that arrive. */
function deletesOf(page) {
  const deletes = [];
  page.on('request', (request) => {
    if (request.method() === 'DELETE') deletes.push(request.url());
  });
  return deletes;
}

test('pictures are saved, preferred, named, filtered, deleted and brought back', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const deletes = deletesOf(page);
  await signInByForm(page);
  await page.getByRole('link', { name: 'Library' }).click();
  await page.getByText('Nothing saved yet').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole('button', { name: 'Show everything I made' }).click();
  await page.getByText('Nothing made yet').waitFor();
  await page.getByRole('button', { name: 'Go to the workspace' }).click();
  const card = await order(page, 'a red fox in snow', ['3']);
  await untilStatus(card, 'completed');
  await card.getByRole('button', { name: 'Save to the library, 2' }).click();
  await card.getByRole('button', { name: 'Remove from the library, 2' }).waitFor();

  await page.getByRole('link', { name: 'Library' }).click();
  await openOf(page, 0).waitFor();
  assert.equal(await pictures(page).count(), 1);
  await openOf(page, 0).click();
  const large = page.getByRole('dialog');
  await large.getByText('a red fox in snow', { exact: true }).waitFor();
  await large.getByLabel('Title').fill('Reynard');
  await page.keyboard.press('Enter');
  await large.getByRole('button', { name: 'Prefer' }).click();
  await large.getByRole('button', { name: 'Preferred' }).waitFor();
  assert.deepEqual(await faultsInEveryLook(page), []);
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('button', { name: /^Reynard, picture, .*, preferred, saved$/ }).waitFor();

  await page.getByRole('radio', { name: 'Videos' }).check();
  await page.getByText('Nothing fits these filters').waitFor();
  await page.getByRole('radio', { name: 'Everything' }).check();
  await page.getByRole('radio', { name: 'All', exact: true }).check();
  await pictures(page).nth(2).waitFor();
  assert.deepEqual(await faultsInEveryLook(page), []);

  await page.getByRole('link', { name: 'Skip to the content' }).focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  assert.equal(await pictures(page).count(), 3, 'it is still the library');

  await openOf(page, 0).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Delete');
  await page.getByText('Deleted.', { exact: true }).waitFor();
  assert.equal(await pictures(page).count(), 2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await pictures(page).nth(2).waitFor();
  assert.deepEqual(deletes, [], 'what can be undone is not sent');

  await openOf(page, 2).focus();
  await page.keyboard.press('Delete');
  const sent = page.waitForResponse((response) => response.request().method() === 'DELETE');
  await page.getByRole('button', { name: 'Close' }).last().click();
  assert.equal((await sent).status(), 200);
  await page.reload();
  await pictures(page).nth(1).waitFor();
  assert.equal(await pictures(page).count(), 2);
  assert.equal(deletes.length, 1);
  await page.getByRole('link', { name: 'Workspace' }).click();
  await card.getByRole('listitem').first().waitFor();
  assert.equal(await card.getByRole('listitem').count(), 2, 'what was deleted leaves no hole');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a delete is carried out when the page is left', async () => {
  const { context, page } = await openWindow(browser);
  const user = await signIn(await signInByForm(page));
  const card = await order(page, 'a paper boat on a pond');
  await untilStatus(card, 'completed');
  await card.getByRole('button', { name: 'Delete' }).click();
  await card.waitFor({ state: 'detached' });
  const left = async () => (await user.request('GET', '/api/assets')).body.items.length;
  assert.equal(await left(), 1, 'it can still be undone');
  await page.goto('about:blank');
  await until('the delete to arrive', async () => (await left()) === 0);
  await page.goto('/');
  await page.getByText('Nothing here yet').waitFor();
  await context.close();
});

test('settings and pictures go back into the form', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'a lighthouse in a storm', ['3']);
  await untilStatus(card, 'completed');
  await card.getByRole('button', { name: /^2 of 3/ }).click();
  const seed = await page.getByRole('dialog').locator('dd').last().textContent();
  await page.getByRole('button', { name: 'Reuse settings' }).last().click();
  assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), seed);
  assert.equal(await page.getByRole('radio', { name: '1', exact: true }).isChecked(), true);
  await card.getByRole('button', { name: /^1 of 3/ }).click();
  await page.getByRole('button', { name: 'As reference' }).click();
  await page.getByRole('img', { name: /^ourvidz-.*-1\.png$/ }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

// More than anybody wants to make for a test, so the list is told to the page; everything else is real.
test('a long library comes page by page, and says so when it cannot', async () => {
  const { context, page } = await openWindow(browser);
  const pages = [];
  let isBroken = true;
  await context.route('**/api/assets?*', (route) => {
    const cursor = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    if (isBroken && cursor > 0)
      return route.fulfill({
        status: 400,
        json: { success: false, code: 'invalid_request', error: 'The list is broken.', retryable: false },
      });
    pages.push(cursor);
    const items = Array.from({ length: LONG_PAGE }, (_, index) => madeUp(cursor + index));
    return route.fulfill({
      json: { success: true, items, nextCursor: cursor + LONG_PAGE < LONG_TOTAL ? String(cursor + LONG_PAGE) : null },
    });
  });
  await signInByForm(page);
  await page.goto('/#/library?saved=');
  const known = (number) => page.locator(`.wall > [aria-setsize="${number}"]`).first().waitFor();
  const end = () => page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await known(LONG_PAGE);
  await end();
  await page.getByRole('alert').getByText('The service could not do anything with this.').waitFor();
  isBroken = false;
  await page.getByRole('button', { name: 'Load again' }).click();
  await known(2 * LONG_PAGE);
  await end();
  await known(LONG_TOTAL);
  assert.deepEqual(pages, [0, LONG_PAGE, 2 * LONG_PAGE], 'each page once');
  assert.equal(await page.getByRole('button', { name: 'Show more' }).isHidden(), true);

  await openOf(page, 0).focus();
  const placeOf = () => page.evaluate(() => Number(document.activeElement.parentNode.ariaPosInSet));
  await page.keyboard.press('Home');
  assert.equal(await placeOf(), 1);
  await page.keyboard.press('ArrowDown');
  const below = await placeOf();
  assert.ok(below > 3 && below < 12, `the focus went down a row, to ${below}`);
  await page.keyboard.press('End');
  assert.equal(await placeOf(), LONG_TOTAL);
  await context.close();
});

test('of ten thousand pictures only those in sight are in the page', async () => {
  const { context, page } = await openWindow(browser);
  await context.route('**/api/assets?*', (route) => {
    const cursor = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const items = Array.from({ length: HUGE_PAGE }, (_, index) => madeUp(cursor + index));
    const next = cursor + HUGE_PAGE;
    return route.fulfill({ json: { success: true, items, nextCursor: next < HUGE_TOTAL ? String(next) : null } });
  });
  await signInByForm(page);
  await page.goto('/#/library?saved=');
  for (let known = HUGE_PAGE; known <= HUGE_TOTAL; known += HUGE_PAGE) {
    await page.locator(`.wall > [aria-setsize="${known}"]`).first().waitFor();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  }
  assert.ok((await page.locator('.wall .wall-open').count()) < MOST_IN_THE_PAGE);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
  const seen = page.locator('.wall .wall-open').filter({ visible: true });
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.wall > li')].some((tile) => {
      const { top } = tile.getBoundingClientRect();
      return top > 0 && top < innerHeight;
    }),
  );
  assert.ok((await seen.count()) < MOST_IN_THE_PAGE);
  await context.close();
});

const LONG_PAGE = 40;
const LONG_TOTAL = 120;
const HUGE_PAGE = 1_000;
const HUGE_TOTAL = 10_000;
const MOST_IN_THE_PAGE = 150;

function madeUp(number) {
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    job_id: '00000000-0000-4000-8000-000000000000',
    job_type: 'sdxl_image_fast',
    kind: 'image',
    image_index: 0,
    status: 'completed',
    title: `Picture ${number}`,
    url: '/favicon.svg',
    thumbnail_url: '/favicon.svg',
    saved: false,
    preferred: false,
    metadata: {},
    created_at: new Date(Date.UTC(2026, 0, 1) - number * 1000).toISOString(),
  };
}
