// API keys on the account page: made, put away, used, revoked. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, faultsInEveryLook, launch, openWindow, signInByForm } from './browser.mjs';
import { call, until } from './client.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const used = (key) => call('GET', '/api/jobs?limit=1', { headers: { authorization: `Bearer ${key}` } });

async function openKeys(options) {
  const { context, page, complaints } = await openWindow(browser, options);
  await signInByForm(page);
  await page.goto('/#/account');
  const panel = page.getByRole('region', { name: 'API keys', exact: true }).first();
  await panel.getByText('There is no key yet.').waitFor();
  return { context, page, complaints, panel };
}

test('a key is made by the keyboard, shown once, works, and is revoked', async () => {
  const { context, page, complaints, panel } = await openKeys({ permissions: ['clipboard-read', 'clipboard-write'] });
  await panel.getByRole('button', { name: 'New key' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'New key' }).waitFor();
  await page.keyboard.type('nightly');
  await dialog.getByRole('checkbox', { name: /^Order/ }).uncheck();
  await dialog.getByLabel('Credits a month').fill('500');
  await dialog.getByLabel('Ends').selectOption({ label: 'After 30 days' });
  assert.deepEqual(await faultsInEveryLook(page), []);
  await dialog.getByLabel('Name').press('Enter');

  const shown = dialog.getByLabel('Key', { exact: true });
  await shown.waitFor();
  const key = await shown.inputValue();
  assert.match(key, /^ovz_[a-z2-7]{40}$/);
  assert.equal((await used(key)).status, 200);
  assert.deepEqual(await faultsInEveryLook(page), []);
  await page.keyboard.press('Escape');
  assert.equal(await shown.isVisible(), true, 'what is shown once does not go by a slip');
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await dialog.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  await dialog.getByRole('button', { name: 'I have put it away' }).click();

  const row = panel.getByRole('row').filter({ hasText: 'nightly' });
  await row.waitFor();
  const cells = await row.getByRole('cell').allTextContents();
  assert.deepEqual(cells.slice(0, 4), [`nightly${key.slice(0, 8)}…`, 'read', '0 of 500', 'just now']);
  assert.equal((await page.content()).includes(key), false, 'the key is nowhere any more');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'New key');
  assert.deepEqual(await faultsInEveryLook(page), []);

  await row.getByRole('button', { name: 'Revoke nightly' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await row.count(), 1);
  await row.getByRole('button', { name: 'Revoke nightly' }).click();
  assert.deepEqual(await faultsInEveryLook(page), []);
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await panel.getByText('There is no key yet.').waitFor();
  await until('the key to be refused', async () => (await used(key)).status === 401);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('what a key cannot be is said at the form, in words about keys', async () => {
  const { context, page, panel } = await openKeys();
  await panel.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  const create = dialog.getByRole('button', { name: 'Create key' });
  await dialog.getByLabel('Name').fill('  ');
  await create.click();
  await dialog.getByText('Give it a name, to know it by later.').waitFor();
  await dialog.getByLabel('Name').fill('nightly');
  for (const scope of [/^Order/, /^Read/]) await dialog.getByRole('checkbox', { name: scope }).uncheck();
  await create.click();
  await dialog.getByText('Choose what the key may do.').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  const refusals = [
    ['state_conflict', 409, { limit: 50 }, 'You have 50 keys, and more are not possible.'],
    ['content_policy', 422, {}, 'This name is not accepted.'],
    ['forbidden', 403, {}, 'Keys are for accounts with an email address.'],
  ];
  await dialog.getByRole('checkbox', { name: /^Webhooks/ }).check();
  for (const [code, status, details, words] of refusals) {
    await page.route('**/api/keys', (route) =>
      route.fulfill({
        status,
        json: { success: false, code, error: 'no', details, retryable: false, requestId: 'r' },
      }),
    );
    await create.click();
    await dialog.getByText(words).waitFor();
    await page.unroute('**/api/keys');
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await panel.getByRole('row').count(), 0);
  await context.close();
});
