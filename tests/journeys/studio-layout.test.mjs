// What fits where: any number of pictures, a large magnification, long words, true proportions. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, prompt, signInByForm } from './browser.mjs';
import { BASE } from './client.mjs';

// A desktop of 1280 by 1024 at 400 %, as WCAG 1.4.10 asks for.
const MAGNIFIED = { width: 320, height: 256 };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const WORD = 'Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2);

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const id = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** A finished job with these pictures left, as a list has it. */
function madeUp(number, indices, jobType = 'sdxl_image_fast', metadata = {}) {
  const at = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
  const asset = (index) => ({
    id: id(number * 10 + index),
    job_id: id(number),
    job_type: jobType,
    kind: 'image',
    image_index: index,
    status: 'completed',
    title: `Picture ${index}`,
    url: '/favicon.svg',
    thumbnail_url: '/favicon.svg',
    saved: false,
    preferred: false,
    metadata,
    created_at: at,
  });
  const base = { id: id(number), job_type: jobType, status: 'completed', prompt: `job of ${indices.length}` };
  return {
    ...base,
    progress: 100,
    metadata: { num_images: 6 },
    created_at: at,
    credits: { charged: 6 },
    assets: indices.map(asset),
  };
}

test('any number of pictures fills its rows', async () => {
  const { context, page } = await openWindow(browser);
  const jobs = Array.from({ length: 6 }, (_, count) =>
    madeUp(
      count + 1,
      Array.from({ length: count + 1 }, (_, index) => index),
    ),
  );
  await context.route('**/api/jobs?*', (route) =>
    route.fulfill({ json: { success: true, items: jobs.toReversed(), nextCursor: null } }),
  );
  await signInByForm(page);
  for (const { assets, prompt: text } of jobs) {
    const card = page.getByRole('article').filter({ hasText: text });
    const grid = card.getByRole('list');
    const { width } = await grid.boundingBox();
    const boxes = await Promise.all((await grid.getByRole('listitem').all()).map((tile) => tile.boundingBox()));
    assert.equal(boxes.length, assets.length);
    const rows = Map.groupBy(boxes, ({ y }) => Math.round(y));
    for (const row of rows.values()) {
      const filled = Math.max(...row.map((box) => box.x + box.width)) - Math.min(...row.map(({ x }) => x));
      assert.ok(Math.abs(filled - width) < 2, `${text}: a row of ${row.length} is ${filled} wide of ${width}`);
      assert.ok(boxes.length === 1 || row.length > 1, `${text}: a picture stands alone in its row`);
    }
  }
  await context.close();
});

test('magnified four times, what is written can be seen', async () => {
  const { context, page } = await openWindow(browser, { viewport: MAGNIFIED });
  await signInByForm(page);
  await page.keyboard.press('Tab');
  await prompt(page).focus();
  await page.keyboard.type('a red fox');
  const seen = await prompt(page).evaluate((field) => {
    const box = field.getBoundingClientRect();
    const middle = [box.left + box.width / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
    return {
      isOnTop: document.elementFromPoint(...middle) === field,
      shown: Math.min(box.bottom, innerHeight) - Math.max(box.top, 0),
    };
  });
  assert.equal(seen.isOnTop, true, 'nothing lies over the prompt');
  assert.ok(seen.shown > 60, `${seen.shown} px of the prompt are in sight`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), MAGNIFIED.width);
  assert.deepEqual(await accessibilityFaults(page), []);
  await context.close();
});

test('a long word stays in the form', async () => {
  const { context, page } = await openWindow(browser, { viewport: { width: 1280, height: 900 } });
  await signInByForm(page);
  await prompt(page).fill(WORD);
  const inside = () =>
    page.getByRole('form', { name: 'New job' }).evaluate((form) => {
      const right = form.getBoundingClientRect().right;
      return [...form.querySelectorAll('*')]
        .filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > right + 1)
        .map((node) => node.className || node.tagName);
    });
  assert.deepEqual(await inside(), []);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.deepEqual(await inside(), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await context.close();
});

test('on a phone the library shows whole pictures, those of a job in their order', async () => {
  const { context, page } = await openWindow(browser, PHONE);
  const assets = [
    ...madeUp(1, [3, 0, 5, 1, 4, 2]).assets,
    ...madeUp(2, [0], 'image_fast').assets,
    // As a worker says that it was made, and as it was ordered of one that says nothing.
    ...madeUp(3, [0], 'sdxl_image_fast', { width: 1216, height: 832 }).assets,
    ...madeUp(4, [0], 'sdxl_image_fast', { aspect: '9:21' }).assets,
  ];
  await context.route('**/api/assets?*', (route) =>
    route.fulfill({ json: { success: true, items: assets, nextCursor: null } }),
  );
  await signInByForm(page);
  await page.goto(`${BASE}/#/library?saved=`);
  const tiles = page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');
  await tiles.nth(8).waitFor();
  const ratios = await tiles.evaluateAll((all) =>
    all.map((tile) => {
      const { width, height } = tile.getBoundingClientRect();
      return width / height;
    }),
  );
  // Newest first.
  const wanted = [640 / 1536, 1216 / 832, 480 / 832, 1, 1, 1, 1, 1, 1];
  for (const [index, ratio] of ratios.entries())
    assert.ok(Math.abs(ratio / wanted[index] - 1) < 0.02, `${index}: ${ratio} instead of ${wanted[index]}`);
  assert.deepEqual(
    await tiles.evaluateAll((all) => all.map((tile) => tile.querySelector('button').ariaLabel.split(', ')[0])),
    [0, 0, 0, 0, 1, 2, 3, 4, 5].map((index) => `Picture ${index}`),
  );
  await context.close();
});

test('a frame has the shape that was ordered before there is a picture in it, and keeps it', async () => {
  const { context, page } = await openWindow(browser, { viewport: { width: 1280, height: 900 } });
  const shapes = [
    ['sdxl_image_fast', '21:9', 1536 / 640],
    ['sdxl_image_fast', '9:21', 640 / 1536],
    ['video_fast', '16:9', 832 / 480],
    ['video_fast', undefined, 480 / 832],
  ];
  let status = 'queued';
  const jobs = () =>
    shapes.map(([jobType, aspect], index) => {
      const made = madeUp(index + 1, [0], jobType, status === 'completed' && aspect ? { aspect } : {});
      const metadata = { ...made.metadata, num_images: 1, ...(aspect ? { aspect } : {}) };
      const assets = made.assets.map((asset) => ({ ...asset, status, url: status === 'queued' ? null : asset.url }));
      return { ...made, status, metadata, prompt: `shape ${index}`, assets };
    });
  await context.route('**/api/jobs?*', (route) =>
    route.fulfill({ json: { success: true, items: jobs().toReversed(), nextCursor: null } }),
  );
  await signInByForm(page);
  const framesOf = () =>
    Promise.all(
      shapes.map(async (_, index) => {
        const card = page.getByRole('article').filter({ hasText: `shape ${index}` });
        return card.getByRole('list').getByRole('listitem').boundingBox();
      }),
    );
  const before = await framesOf();
  for (const [index, { width, height }] of before.entries())
    assert.ok(Math.abs(width / height / shapes[index][2] - 1) < 0.02, `${shapes[index]}: ${width} x ${height}`);
  status = 'completed';
  await page.reload();
  await page.getByRole('article').getByRole('img').first().waitFor();
  const after = await framesOf();
  for (const [index, { width, height }] of after.entries()) {
    const expected = before[index];
    assert.ok(Math.abs(width - expected.width) < 1 && Math.abs(height - expected.height) < 1, `${shapes[index]}`);
  }
  await context.close();
});
