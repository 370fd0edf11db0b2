// Ten states of the page as they were reviewed, compared by pixels: what nobody meant to change has not changed. Axe
// finds nothing in any of them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch } from './browser.mjs';
import { BASE } from './client.mjs';
import { assertLooksAs, difference, SHARE } from './pixels.mjs';
import { NOW, standStill } from './still-service.mjs';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
// What the machine's own fonts draw, the page has no say in; and a painting makes a large file and shows nothing of it.
const LEFT_OUT = 'kbd, code, .key-once, input[type="date"], .sign-in-art img';

let browser;
before(async () => {
  browser = await launch({ forPictures: true });
});
after(() => browser?.close());

/** Opens an address in a service that stands still. */
async function look(address, { viewport, colorScheme, ...service }) {
  const context = await browser.newContext({
    baseURL: BASE,
    viewport,
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en',
    timezoneId: 'UTC',
    serviceWorkers: 'block',
    hasTouch: viewport === PHONE,
    isMobile: viewport === PHONE,
  });
  await standStill(context, service);
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  await page.goto(address);
  return page;
}

async function shoot(page) {
  await page.evaluate(async () => {
    await document.fonts.ready;
    const seen = [...document.images].filter((image) => image.checkVisibility());
    await Promise.all(seen.map((image) => image.decode().catch(() => {})));
  });
  return page.screenshot({
    animations: 'disabled',
    caret: 'hide',
    mask: [page.locator(LEFT_OUT)],
    maskColor: '#888888',
  });
}

const light = { viewport: DESKTOP, colorScheme: 'light' };
const dark = { viewport: DESKTOP, colorScheme: 'dark' };
const phone = { viewport: PHONE, colorScheme: 'light' };
const darkPhone = { viewport: PHONE, colorScheme: 'dark' };

const card = (page) => page.getByRole('article').filter({ hasText: 'harbour' }).locator('img.loaded').nth(2).waitFor();
const wall = (page) => page.locator('.wall img.loaded').nth(7).waitFor();

/** The address, how it is looked at, and what is done until it is there. */
const STATES = {
  'sign-in': ['/', { ...light, signedIn: false }, (page) => page.getByRole('button', { name: 'Sign in' }).waitFor()],
  'sign-in-phone': [
    '/',
    { ...darkPhone, signedIn: false },
    (page) => page.getByRole('button', { name: 'Sign in' }).waitFor(),
  ],
  'workspace-empty': ['/', { ...light, jobs: [] }, (page) => page.getByText('Nothing here yet').waitFor()],
  'workspace-jobs': ['/', dark, card],
  'workspace-phone': [
    '/',
    phone,
    async (page) => {
      await card(page);
      await page.getByRole('heading', { name: 'Your jobs' }).evaluate((heading) => heading.scrollIntoView());
    },
  ],
  library: ['/#/library', light, wall],
  'library-selected': [
    '/#/library',
    darkPhone,
    async (page) => {
      await wall(page);
      await page.locator('.wall-open').first().focus();
      await page.keyboard.press('Space');
      await page.getByText('1 selected').waitFor();
    },
  ],
  viewer: [
    '/#/library',
    dark,
    async (page) => {
      await wall(page);
      await page.locator('.wall-open').first().click();
      await page.getByRole('dialog').locator('img.loaded, img').first().waitFor();
      await page.mouse.move(0, 0);
    },
  ],
  account: [
    '/#/account',
    light,
    async (page) => {
      await page.getByRole('button', { name: 'Revoke nightly' }).waitFor();
      await page.getByRole('heading', { name: 'Credits by job' }).waitFor();
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    },
  ],
  'new-key': [
    '/#/account',
    phone,
    async (page) => {
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('nightly');
    },
  ],
};

for (const [name, [address, how, until]] of Object.entries(STATES)) {
  test(`${name} looks as it was reviewed`, async () => {
    const page = await look(address, how);
    await until(page);
    await assertLooksAs(browser, name, await shoot(page));
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });
}

test('a button that moved by a few pixels would be noticed', async () => {
  const page = await look('/', { ...light, jobs: [] });
  await page.getByText('Nothing here yet').waitFor();
  const before = await shoot(page);
  assert.equal((await difference(browser, before, await shoot(page))).share, 0);
  await page.getByRole('button', { name: 'Generate' }).evaluate((button) => {
    button.style.translate = '0 3px';
  });
  assert.ok((await difference(browser, before, await shoot(page))).share > SHARE);
  await page.context().close();
});
