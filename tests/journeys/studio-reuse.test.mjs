// Going on from what there is: earlier prompts, examples, variations, the settings in a file, a batch in one file.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('an example is ordered, then varied, and earlier prompts come back by arrow and from the list', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole('button', { name: 'A lighthouse in a storm, long exposure' }).click();
  assert.equal(await prompt(page).inputValue(), 'A lighthouse in a storm, long exposure');
  await page.keyboard.press('Control+Enter');
  const card = page.getByRole('article').filter({ hasText: 'A lighthouse' });
  await untilStatus(card, 'completed');
  await card.getByRole('button', { name: 'Vary' }).click();
  await page.getByRole('article').nth(1).waitFor();
  await untilStatus(page.getByRole('article').first(), 'completed');
  const seeds = await page.getByRole('button', { name: /^Seed \d+/ }).allTextContents();
  assert.equal(new Set(seeds).size, 2, 'another seed');

  await order(page, 'a second thought');
  await prompt(page).fill('being written');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  assert.equal(await prompt(page).inputValue(), 'a second thought');
  await page.keyboard.press('ArrowUp');
  assert.match(await prompt(page).inputValue(), /^A lighthouse/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await prompt(page).inputValue(), 'being written');
  await page.getByText('Earlier prompts').click();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole('button', { name: 'a second thought', exact: true }).click();
  assert.equal(await prompt(page).inputValue(), 'a second thought');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a batch is saved as one file, and a picture out of it brings its settings back', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await page.getByLabel('Seed', { exact: true }).fill('40');
  await page.getByLabel('Style').selectOption('comic');
  await page.getByText('What it avoids').click();
  await page.getByLabel('Avoid also').fill('fog');
  const card = await order(page, 'three paper boats', ['3']);
  await untilStatus(card, 'completed');
  const [archive] = await Promise.all([
    page.waitForEvent('download'),
    card.getByRole('button', { name: 'Download' }).click(),
  ]);
  assert.match(archive.suggestedFilename(), /^ourvidz-[0-9a-f]{8}\.zip$/);
  const bytes = readFileSync(await archive.path());
  assert.equal(bytes.readUInt32LE(0), 0x04034b50);
  assert.equal(bytes.readUInt16LE(bytes.length - 12), 3, 'three files');

  await card.getByRole('button', { name: /^2 of 3/ }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('dialog').getByRole('button', { name: 'Download' }).click(),
  ]);
  const picture = readFileSync(await file.path());
  await page.keyboard.press('Escape');
  await prompt(page).fill('something else');
  await page.getByLabel('Style').selectOption('');
  await page.getByLabel('Avoid also').fill('');
  await page.getByRole('form', { name: 'New job' }).evaluate(
    (form, content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(content)], 'boat.png', { type: 'image/png' }));
      form.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
    },
    [...picture.subarray(0, 65_536)],
  );
  await page.getByText('The settings of this picture are in the form.', { exact: true }).waitFor();
  assert.equal(await prompt(page).inputValue(), 'three paper boats');
  assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), '41');
  assert.equal(await page.getByLabel('Style').inputValue(), 'comic');
  assert.equal(await page.getByLabel('Avoid also').inputValue(), 'fog');
  await page.getByRole('button', { name: 'Use it as a reference' }).click();
  await page.getByRole('img', { name: 'boat.png' }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
