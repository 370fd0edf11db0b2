// The page for developers: complete, readable, and every operation can be tried. In a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, faultsInEveryLook, launch, openWindow, signInByForm } from './browser.mjs';
import { call } from './client.mjs';

// By the part of the address that leads to them, the paths of their own.
const GROUPS = [
  ['openai-api', /^\/v1\//],
  ['model-context-protocol', /^\/mcp$/],
];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('every operation is there, and one is tried with the own session', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const email = await signInByForm(page);
  await page.goto('/docs');
  await page.getByRole('heading', { name: 'Quick starts' }).waitFor();
  const { paths } = (await call('GET', '/api/openapi.json')).body;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  assert.deepEqual(
    (await page.locator('.operation').evaluateAll((all) => all.map(({ id }) => id))).toSorted(),
    operations.map(({ operationId }) => operationId).toSorted(),
  );
  for (const [group, isOfIt] of GROUPS) {
    const inIt = Object.entries(paths).flatMap(([path, methods]) => (isOfIt.test(path) ? Object.values(methods) : []));
    assert.ok(inIt.length > 0, group);
    assert.deepEqual(
      (await page.locator(`#${group} .operation`).evaluateAll((all) => all.map(({ id }) => id))).toSorted(),
      inIt.map(({ operationId }) => operationId).toSorted(),
    );
    await page.getByRole('navigation').locator(`a[href="#${group}"]`).waitFor();
  }
  assert.deepEqual(await faultsInEveryLook(page), []);

  await page.locator('#me > summary').click();
  await page.getByRole('button', { name: 'Send GET' }).click();
  await page.getByRole('status', { name: 'Answer' }).getByText(/^200/).waitFor();
  assert.match(await page.getByRole('status', { name: 'Answer' }).textContent(), /"balance"/);
  assert.ok(email);
  await page.locator('#queueJob > summary').click();
  const order = page.getByRole('form', { name: 'Try queueJob' });
  await order
    .getByLabel('Body')
    .fill('{"jobType":"sdxl_image_fast","metadata":{"prompt":"a red fox in snow"},"dryRun":true}');
  await order.getByRole('button', { name: 'Send POST' }).click();
  await order.getByText(/"price": 1/).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.deepEqual(complaints, []);
  await context.close();
});
