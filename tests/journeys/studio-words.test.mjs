// What the page says to people, and where: beside the field, in their words, without promises. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, prompt, signInByForm } from './browser.mjs';
import { BASE, call } from './client.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** How far below a field its problem stands. */
async function distance(field, problem) {
  const [above, below] = [await field.boundingBox(), await problem.boundingBox()];
  return below.y - (above.y + above.height);
}

test('what is wrong is said in plain words at its field, before anything is sent', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  let sent = 0;
  page.on('request', (request) => {
    if (/queue-job|enhance-prompt/.test(request.url())) sent += 1;
  });
  const problem = page.locator('#problem');
  await page.getByRole('button', { name: 'Improve' }).click();
  await problem.getByText('Write a prompt first.').waitFor();
  assert.ok((await distance(prompt(page), problem)) < 60);
  await prompt(page).fill('fox '.repeat(501));
  await page.keyboard.press('Control+Enter');
  await problem.getByText('A prompt has at most 2,000 characters.').waitFor();
  await prompt(page).fill('a fox');
  const seed = page.getByLabel('Seed', { exact: true });
  await seed.fill('many');
  await page.keyboard.press('Control+Enter');
  await problem.getByText('A seed is a whole number').waitFor();
  assert.ok((await distance(seed, problem)) < 60);
  assert.equal(await seed.evaluate((field) => document.activeElement === field), true);
  assert.deepEqual(await accessibilityFaults(page), []);
  await seed.fill('7');
  await problem.waitFor({ state: 'hidden' });
  assert.equal(sent, 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('an address that leads nowhere says so, with the way back', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  for (const address of ['/#/nowhere', '/pictures/of/mine']) {
    await page.goto(address);
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole('link', { name: /^Go to/ }).click();
    await prompt(page).waitFor();
  }
  assert.equal((await call('GET', '/pictures/of/mine')).body.code, 'not_found', 'programs get the error');
  await context.close();
});

test('credits are offered where they are sold, and nowhere else', async () => {
  for (const creditsUrl of [undefined, 'https://shop.example/credits']) {
    const { context, page } = await openWindow(browser);
    const config = await (await fetch(`${BASE}/api/config`)).json();
    await context.route('**/api/config', (route) => route.fulfill({ json: { ...config, creditsUrl } }));
    await context.route('**/api/me', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ json: { ...(await response.json()), balance: 0 } });
    });
    await page.reload();
    await signInByForm(page);
    await page.getByText('You have 0 credits, and this costs 1.').waitFor();
    const offers = page.getByRole('form').getByRole('link', { name: 'Add credits' });
    assert.deepEqual(
      await offers.evaluateAll((links) => links.map(({ href }) => href)),
      creditsUrl ? [creditsUrl] : [],
    );
    assert.equal(await page.getByText('or add credits').count(), 0);
    assert.deepEqual(await accessibilityFaults(page), []);
    await context.close();
  }
});
