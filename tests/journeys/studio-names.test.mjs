// What everything is called for those who do not see it. In a real browser, with a service that stands still.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { BASE } from './client.mjs';
import { LIBRARY, NOW, standStill } from './still-service.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function look(address, service) {
  const context = await browser.newContext({ baseURL: BASE, locale: 'en', timezoneId: 'UTC', serviceWorkers: 'block' });
  await standStill(context, service);
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  await page.goto(address);
  return page;
}

/** The names of all buttons that are shown. */
async function buttonNames(page) {
  const names = await page
    .locator('button:visible')
    .evaluateAll((all) =>
      all.map((button) => (button.ariaLabel ?? (button.textContent || button.querySelector('img')?.alt || '')).trim()),
    );
  // Two pictures may have one seed: both buttons copy it.
  return names.filter((name) => !/^Seed \d+$/.test(name));
}

const repeated = (names) => names.filter((name, place) => names.indexOf(name) !== place);

test('what has no title is called by its prompt, or by what it is', async () => {
  const [first, second, third] = LIBRARY;
  const prompt = 'A very long walk along the shore of a lake in the last light of an autumn day';
  const assets = [
    { ...first, title: null, metadata: { prompt } },
    { ...second, title: null, metadata: {}, preferred: false },
    { ...third, kind: 'video', job_type: 'video_fast', title: null, metadata: { prompt: 'Waves' }, saved: false },
  ];
  const page = await look('/#/library?saved=', { assets });
  await page.locator('.wall [data-asset-id]').nth(2).waitFor();
  const shore = 'A very long walk along the shore of a lake in the last …';
  const made = await page.evaluate(
    (at) => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at)),
    first.created_at,
  );
  const names = await buttonNames(page);
  for (const name of [
    `${shore}, picture, ${made}, saved`,
    `Select ${shore}, picture, ${made}`,
    `Remove from the library: ${shore}, picture, ${made}`,
    `WAN picture, high quality, picture, ${made}, saved`,
    `Waves, video, ${made}`,
    `Save to the library: Waves, video, ${made}`,
  ])
    assert.ok(names.includes(name), `${name} is none of ${names.join(' | ')}`);

  await page.getByRole('button', { name: /^WAN picture, high quality, picture/ }).click();
  const viewer = page.getByRole('dialog');
  await viewer.getByRole('img', { name: 'WAN picture, high quality' }).waitFor();
  await viewer.getByRole('button', { name: 'Compare with the next' }).click();
  await viewer
    .getByRole('img', { name: `Right: ${shore}` })
    .or(viewer.getByRole('img', { name: `Left: ${shore}` }))
    .waitFor();
  await viewer.getByRole('slider', { name: /^How much is shown of the left picture, ./ }).waitFor();
  await page.context().close();
});

test('no two buttons of a place are called alike', async () => {
  const places = {
    '/': (page) => page.getByRole('article').nth(3).waitFor(),
    '/#/library': (page) => page.locator('.wall [data-asset-id]').nth(7).waitFor(),
    '/#/account': (page) => page.getByRole('button', { name: 'Revoke nightly' }).waitFor(),
  };
  for (const [address, shown] of Object.entries(places)) {
    const page = await look(address);
    await shown(page);
    const names = await buttonNames(page);
    assert.deepEqual(repeated(names), [], address);
    assert.ok(!names.includes(''), `${address}: ${names.join(' | ')}`);
    await page.context().close();
  }
});
