// The form that orders: better prompts, references, prices, refusals, in a real browser.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';
import { call, DOT, signIn } from './client.mjs';

const REFUSAL = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../fixtures/queue-job/refused_by_policy.reply.json'), 'utf8'),
);
// How to choose each type, and what its card is called.
const TYPES = [
  [['Picture', /^SDXL/, /^Fast/], 'SDXL picture, fast'],
  [['Picture', /^SDXL/, /^High/], 'SDXL picture, high quality'],
  [['Picture', /^WAN 2\.1/, /^Fast/], 'WAN picture, fast'],
  [['Picture', /^WAN 2\.1/, /^High/], 'WAN picture, high quality'],
  [['Picture', /rewritten/, /^Fast/], 'WAN picture, fast, rewritten prompt'],
  [['Picture', /rewritten/, /^High/], 'WAN picture, high quality, rewritten prompt'],
  [['Video', /^WAN 2\.1/, /^Fast/], 'WAN video, fast'],
  [['Video', /^WAN 2\.1/, /^High/], 'WAN video, high quality'],
  [['Video', /rewritten/, /^Fast/], 'WAN video, fast, rewritten prompt'],
  [['Video', /rewritten/, /^High/], 'WAN video, high quality, rewritten prompt'],
];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('all ten types are ordered, wait in line, and can be called off', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  for (const [[format, ...others], title] of TYPES) {
    await page.getByRole('radio', { name: format, exact: true }).check();
    for (const name of others) await page.getByRole('radio', { name }).check();
    await order(page, `this is ${title}.`);
  }
  for (const [, title] of TYPES) {
    const card = page.getByRole('article').filter({ hasText: `this is ${title}.` });
    await card.getByRole('heading', { name: title, exact: true }).waitFor();
    // The service has it as soon as it can be called off, or is done already.
    await card.locator('[data-action="cancel"]:visible, [data-action="download"]:visible').first().waitFor();
  }
  assert.deepEqual(await accessibilityFaults(page), []);
  const waiting = page.getByRole('article').filter({ hasText: 'WAN video' }).getByRole('button', { name: 'Cancel' });
  for (const button of (await waiting.all()).reverse()) await button.click();
  await page.locator('[data-status="canceled"]').nth(2).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a rewritten prompt costs the plain price where no language model runs, and the form says so', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const user = await signIn(await signInByForm(page));
  const { balance } = await user.balance();
  await page.getByRole('radio', { name: 'Picture', exact: true }).check();
  for (const name of [/rewritten/, /^Fast/]) await page.getByRole('radio', { name }).check();
  await page
    .getByText(/^2 credits/)
    .first()
    .waitFor();
  await page.getByText('Where none runs, the plain price is charged').waitFor();
  const card = await order(page, 'a ferry in the fog');
  await untilStatus(card, 'completed');
  await card.getByText('The prompt was used as it is, at the plain price').waitFor();
  await card.getByText('1 credit charged, 1 returned').waitFor();
  assert.equal((await user.balance()).balance, balance - 1);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a prompt is made better, and is as it was after undo', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await prompt(page).fill('a red fox in snow');
  await page.getByRole('button', { name: 'Improve' }).click();
  const panel = page.getByRole('region', { name: 'Improved prompt' });
  await panel.getByText(/\d+ → \d+ tokens/).waitFor();
  const better = await prompt(page).inputValue();
  assert.match(better, /^a red fox in snow, /);
  assert.equal(await panel.locator('ins').first().textContent(), better.slice('a red fox in snow, '.length));
  assert.deepEqual(await accessibilityFaults(page), []);
  await panel.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await prompt(page).inputValue(), 'a red fox in snow');
  assert.equal(await panel.isHidden(), true);

  const result = {
    success: true,
    enhancedPrompt: 'a fox at dawn',
    originalPrompt: 'a fox',
    tokenCount: { original: 2, enhanced: 4, compressed: 4 },
    compressionRatio: 1,
    qualityScore: 1,
    analytics: { enhancementMethod: 'chat_worker' },
  };
  await context.route('**/enhance-prompt', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: `event: token\ndata: {"text":"void"}\n\nevent: reset\ndata: {}\n\nevent: token\ndata: {"text":"a fox"}\n\nevent: token\ndata: {"text":" at dawn"}\n\nevent: result\ndata: ${JSON.stringify(result)}\n\n`,
    }),
  );
  await prompt(page).fill('a fox');
  await page.getByRole('button', { name: 'Improve' }).click();
  await panel.getByText('by a language model').waitFor();
  assert.equal(await prompt(page).inputValue(), 'a fox at dawn');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('references are chosen, dropped and pasted, a likeness needs consent, and the order names them', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await page.locator('input[type="file"]').setInputFiles({ name: 'style.png', mimeType: 'image/png', buffer: DOT });
  await bring(page, 'drop', 'layout.png');
  await bring(page, 'paste', 'face.png');
  const types = page.getByLabel('Taken for');
  await types.nth(2).waitFor();
  assert.deepEqual(await types.evaluateAll((all) => all.map((select) => select.value)), [
    'style',
    'composition',
    'character',
  ]);
  assert.equal(
    await page.getByRole('button', { name: /Add a reference/ }).isHidden(),
    true,
    'there is one of each type at most',
  );
  assert.deepEqual(await accessibilityFaults(page), []);

  await order(page, 'a red fox in snow');
  await page.getByRole('alert').getByText('Confirm that the person shown has agreed.').waitFor();
  const consent = page.getByRole('checkbox', { name: /has agreed/ });
  await consent.and(page.locator(':focus')).check();
  await page.getByLabel('Strength').first().fill('0.4');
  const sent = page.waitForRequest('**/queue-job');
  const card = await order(page, 'a red fox in snow');
  const { references } = (await sent).postDataJSON().metadata;
  assert.deepEqual(
    references.map(({ type, strength }) => [type, strength]),
    [
      ['style', 0.4],
      ['composition', 0.7],
      ['character', 0.7],
    ],
  );
  await untilStatus(card, 'completed');

  await page
    .getByRole('button', { name: /^Remove/ })
    .first()
    .click();
  await card.getByRole('button', { name: 'Reuse settings' }).click();
  assert.equal(await types.count(), 3);
  await page
    .getByRole('button', { name: /^Remove/ })
    .first()
    .click();
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
  await page.getByText('notes.txt is no PNG, JPEG or WebP picture.').waitFor();
  await page.getByRole('radio', { name: 'Video' }).check();
  assert.equal(await types.first().isHidden(), true, 'only SDXL takes references');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('who has not enough credits is told before and after', async () => {
  const { context, page } = await openWindow(browser);
  const email = await signInByForm(page);
  const user = await signIn(email);
  const { balance } = (await user.request('GET', '/api/me')).body;
  const taken = await call('POST', '/api/admin/credits', {
    body: { user_id: user.id, amount: 2 - balance, reason: 'test' },
    headers: { 'x-admin-secret': process.env.ADMIN_SECRET },
  });
  assert.equal(taken.status, 200, JSON.stringify(taken.body));
  await page.reload();
  await page.getByText('2 credits').first().waitFor();
  await page.getByRole('radio', { name: '3', exact: true }).check();
  await page.getByText('You have 2 credits, and this costs 3.').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  const card = await order(page, 'a red fox in snow');
  await page.getByRole('alert').getByText('This costs 3 credits and you have 2.').waitFor();
  assert.equal(await card.count(), 0);
  await context.close();
});

test('a refused prompt stays in the form, with the reason', async () => {
  const { context, page } = await openWindow(browser);
  await signInByForm(page);
  await context.route('**/queue-job', (route) => route.fulfill({ status: REFUSAL.status, json: REFUSAL.body }));
  const card = await order(page, 'something that an operator does not allow');
  await page.getByRole('alert').getByText(REFUSAL.body.error).waitFor();
  await page
    .getByRole('alert')
    .getByText(/Nothing was charged/)
    .waitFor();
  assert.equal(await prompt(page).getAttribute('aria-invalid'), 'true');
  assert.equal(await card.count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  await context.close();
});

test('shape, style, kind of file and what to avoid are ordered, kept over a reload, and used again', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const shape = page.getByLabel('Shape');
  assert.equal(await shape.inputValue(), '1:1');
  await shape.selectOption('3:2');
  await page.getByLabel('Style').selectOption('Watercolor');
  await page.getByLabel('File').selectOption('JPEG 80');
  await page.getByText('What it avoids').click();
  await page.getByLabel('Avoid also').fill('fog, people');
  await page.getByText(/In all: .*fog, people/).waitFor();
  await prompt(page).fill('a lighthouse on a cliff');
  await page.reload();
  await prompt(page).waitFor();
  const [request, card] = await Promise.all([
    page.waitForRequest((it) => it.url().endsWith('/queue-job') && it.method() === 'POST'),
    order(page, 'a lighthouse on a cliff'),
  ]);
  const options = {
    aspect: '3:2',
    style: 'watercolor',
    output_format: 'jpeg',
    output_quality: 80,
    negative_prompt: 'fog, people',
  };
  const { prompt: text, num_images: count, ...rest } = request.postDataJSON().metadata;
  assert.deepEqual([text, count, rest], ['a lighthouse on a cliff', 1, options]);
  await untilStatus(card, 'completed');
  // WAN has no such shape, and videos no such file.
  await page.getByRole('radio', { name: 'Video' }).check();
  assert.deepEqual(await shape.locator('option').allTextContents(), ['9:16', '16:9']);
  assert.equal(await page.getByLabel('File').isVisible(), false);
  await page.getByLabel('Avoid also').fill('');
  await shape.selectOption('16:9');
  await page.getByRole('button', { name: 'Reuse settings' }).click();
  assert.equal(await shape.inputValue(), '3:2');
  assert.equal(await page.getByLabel('Style').inputValue(), 'watercolor');
  assert.equal(await page.getByLabel('Avoid also').inputValue(), 'fog, people');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a long line is said before ordering, and what was typed survives a reload', async () => {
  const { context, page } = await openWindow(browser);
  const { body } = await (await signIn()).request('GET', '/api/queue-status');
  for (const queue of body.queues) queue.queued = 11;
  await context.route('**/api/queue-status', (route) => route.fulfill({ json: body }));
  await signInByForm(page);
  await page.getByText('11 jobs are in line before yours.').waitFor();
  await page.getByRole('radio', { name: 'Video' }).check();
  await prompt(page).fill('waves roll onto a beach');
  await page.getByLabel('Seed', { exact: true }).fill('42');
  await page.reload();
  await prompt(page).waitFor();
  assert.equal(await prompt(page).inputValue(), 'waves roll onto a beach');
  assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), '42');
  assert.equal(await page.getByRole('radio', { name: 'Video' }).isChecked(), true);
  await context.close();
});

/** Drops or pastes a picture onto the form, as a browser would tell it. */
function bring(page, kind, name) {
  return page.getByRole('form', { name: 'New job' }).evaluate(
    (form, { kind: type, name: fileName, bytes }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], fileName, { type: 'image/png' }));
      const options = { bubbles: true, cancelable: true };
      form.dispatchEvent(
        type === 'drop'
          ? new DragEvent('drop', { ...options, dataTransfer: transfer })
          : new ClipboardEvent('paste', { ...options, clipboardData: transfer }),
      );
    },
    { kind, name, bytes: [...DOT] },
  );
}
