// Projects in the form and in the library, and the search over prompts, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const PROMPT = 'a quiet harbour in the fog';
const tiles = (page) => page.getByRole('list', { name: 'Pictures and videos' }).getByRole('listitem');

test('a project is made from a prompt, renamed, ordered for, and found in the library', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const project = page.getByRole('combobox', { name: 'Project' }).first();
  await prompt(page).fill(PROMPT);
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByLabel('Name of the project').fill('Harbours');
  await page.keyboard.press('Enter');
  await project.and(page.locator(':visible')).waitFor();
  assert.equal(await project.evaluate((select) => select.selectedOptions[0].text), 'Harbours');
  await page.getByRole('button', { name: 'Rename the project' }).click();
  await page.getByLabel('Name of the project').fill('Quiet harbours');
  await page.keyboard.press('Enter');
  await project.getByRole('option', { name: 'Quiet harbours' }).waitFor({ state: 'attached' });
  assert.deepEqual(await accessibilityFaults(page), []);

  const sent = page.waitForRequest('**/queue-job');
  const inside = await order(page, PROMPT);
  const { projectId } = (await sent).postDataJSON();
  assert.match(projectId, /^[0-9a-f-]{36}$/);
  await project.selectOption({ label: 'No project' });
  const outside = await order(page, 'a red fox in snow');
  for (const card of [inside, outside]) await untilStatus(card, 'completed');

  await prompt(page).fill('');
  await page.reload();
  await project.selectOption({ label: 'Quiet harbours' });
  assert.equal(await prompt(page).inputValue(), PROMPT, 'its prompt is the start');
  await prompt(page).fill('something of my own');
  await project.selectOption({ label: 'No project' });
  await project.selectOption({ label: 'Quiet harbours' });
  assert.equal(await prompt(page).inputValue(), 'something of my own', 'what was written stays');

  await page.goto('/#/library?saved=');
  await tiles(page).nth(1).waitFor();
  await page.getByRole('combobox', { name: 'Project' }).last().selectOption({ label: 'Quiet harbours' });
  await page.waitForFunction(() => document.querySelectorAll('.wall:not([aria-hidden]) > li').length === 1);
  await page.reload();
  await tiles(page).first().waitFor();
  assert.equal(await tiles(page).count(), 1, 'the address keeps it');
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.goto('/#/library?saved=');
  const search = page.getByRole('searchbox', { name: /Search/ });
  await search.fill('SNOW fox');
  await page.waitForFunction(() => document.querySelectorAll('.wall:not([aria-hidden]) > li').length === 1);
  await search.fill('no such words');
  await page.getByText('Nothing fits these filters').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await tiles(page).nth(1).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
