// Takes the pictures of the page in docs/images, in a running stack with its worker:
// node tools/stack/testing/with-stack.mjs --functions --worker -- node shared/studio/screenshots.mjs

import path from 'node:path';
import { launch, openWindow, order, prompt, signInByForm, untilStatus } from '../../tests/journeys/browser.mjs';
import { signIn, until } from '../../tests/journeys/client.mjs';

const OUTPUT = path.resolve(import.meta.dirname, '../../docs/images');
const QUALITY = 85;
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const EMAIL = 'ada@example.com';
// What fills the lists, the oldest first.
const MADE = [
  ['sdxl_image_high', 'A desert road at sunset, long shadows, warm light', 3],
  ['image_high', 'A quiet harbour in the morning fog'],
  ['image_fast', 'Golden autumn forest, sun rays between the trees'],
  ['sdxl_image_fast', 'A tropical lagoon at noon, turquoise water', 3],
  ['video_fast', 'Waves roll onto a beach at dusk'],
  ['sdxl_image_fast', 'Northern lights over a frozen lake, stars', 6],
];
const SAVED = [1, 4, 6, 7, 9, 12];

const browser = await launch({ forPictures: true });
const email = await make();
await desktop(email);
await phone(email);
await browser.close();

async function make() {
  const user = await signIn(EMAIL);
  for (const [jobType, text, images] of MADE) {
    const { body } = await user.submit(jobType, { prompt: text, ...(images ? { num_images: images } : {}) });
    await user.ended(body.job.id);
  }
  const { items } = (await user.request('GET', '/api/assets?limit=40')).body;
  for (const place of SAVED) {
    await user.request('PATCH', `/api/assets/${items[place].id}`, {
      body: { saved: true, preferred: place % 2 === 0 },
    });
  }
  return user.email;
}

async function desktop(email) {
  const { context, page } = await openWindow(browser, { viewport: DESKTOP });
  const shoot = (name) => page.screenshot({ path: path.join(OUTPUT, `${name}.jpg`), quality: QUALITY });
  await loaded(page, '.sign-in img');
  await shoot('sign-in');
  await signInByForm(page, email);
  await prompt(page).fill('A red fox in fresh snow');
  await page.getByRole('button', { name: 'Improve' }).click();
  await page.getByRole('button', { name: 'Undo', disabled: false }).waitFor();
  await loaded(page, '.tile img');
  await page.mouse.move(0, 0);
  await shoot('better-prompt');
  await page.getByRole('button', { name: 'Close' }).first().click();

  const card = await order(page, 'A red fox in fresh snow, low winter sun, shallow depth of field', ['6']);
  await until('some of the pictures, not all', async () => {
    const count = await card.locator('img.loaded').count();
    return count >= 2 || (await card.getAttribute('data-status')) === 'completed';
  });
  await page.locator('.composer-body').evaluate((body) => body.scrollTo(0, 0));
  await shoot('studio-light');
  await untilStatus(card, 'completed');
  await page.emulateMedia({ colorScheme: 'dark' });
  await loaded(page, '.tile img');
  await shoot('studio-dark');

  await page.goto('/#/library?saved=');
  await loaded(page, '.wall img');
  await page.mouse.move(0, 0);
  await shoot('library-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await shoot('library-light');
  await page.locator('.wall-open').nth(2).click();
  await loaded(page, 'dialog img');
  await shoot('viewer');
  await context.close();
}

async function phone(email) {
  const { context, page } = await openWindow(browser, { ...PHONE, colorScheme: 'dark' });
  const shoot = (name) => page.screenshot({ path: path.join(OUTPUT, `${name}.jpg`), quality: QUALITY });
  await signInByForm(page, email);
  await page.locator('.tile img').first().waitFor();
  await page.getByRole('heading', { name: 'Your jobs' }).evaluate((heading) => heading.scrollIntoView());
  await loaded(page, '.tile img');
  await shoot('phone');
  await page.goto('/#/library?saved=');
  await loaded(page, '.wall img');
  await shoot('phone-library');
  await context.close();
}

/** Waits until every picture that is in sight is there. */
async function loaded(page, selector) {
  await page.locator(selector).first().waitFor();
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll(wanted)]
        .filter((image) => image.getBoundingClientRect().top < innerHeight && image.checkVisibility())
        .every((image) => image.complete && image.naturalWidth > 0),
    selector,
  );
  // Pictures fade in.
  await page.waitForFunction(() => document.getAnimations().every((each) => !(each instanceof CSSTransition)));
}
