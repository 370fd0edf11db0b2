// The account: what was paid for, taking one's data along, and having it deleted. In a real browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { faultsInEveryLook, launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';
import { signIn } from './client.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens the account by the menu, and says what its figures are. */
async function openAccount(page) {
  await page.getByRole('main').waitFor();
  await page.locator('summary[aria-label="Account"]').click();
  await page.getByRole('link', { name: 'Credits, keys and data' }).click();
  await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
}

async function figures(page) {
  const terms = await page
    .locator('.sums div')
    .evaluateAll((parts) => parts.map((part) => [...part.children].map((child) => child.textContent)));
  return Object.fromEntries(terms.map(([name, value]) => [name, Number(value.replaceAll(',', ''))]));
}

test('the ledger names each job with what it cost, and its sums are those of the service', async () => {
  const email = `${randomUUID()}@example.com`;
  const user = await signIn(email);
  const made = await user.submit('sdxl_image_fast', { prompt: 'a red fox on a wall' });
  await user.ended(made.body.job.id);
  const called = await user.submit('video_high', { prompt: 'waves at night' });
  await user.request('POST', `/api/jobs/${called.body.job.id}/cancel`, { body: {} });
  await user.ended(called.body.job.id);
  const { balance } = await user.balance();

  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page, email);
  await openAccount(page);
  const rows = page.getByRole('region', { name: 'Credits by job' }).last().getByRole('row');
  const fox = rows.filter({ hasText: 'a red fox on a wall' });
  await fox.waitFor();
  const { credits } = await user.job(made.body.job.id);
  assert.deepEqual((await fox.getByRole('cell').allTextContents()).slice(2), [String(credits.charged), '–', '–']);
  const waves = rows.filter({ hasText: 'waves at night' });
  assert.match(await waves.textContent(), /canceled/);
  const job = await user.job(called.body.job.id);
  assert.equal((await waves.getByRole('cell').allTextContents())[3], String(job.credits.released));
  assert.deepEqual(await figures(page), {
    Available: balance,
    'On hold': 0,
    Spent: credits.charged + job.credits.charged,
    'Received in all': balance + credits.charged + job.credits.charged,
  });
  assert.deepEqual(await faultsInEveryLook(page), []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the export is an archive with the records and the files', async () => {
  const email = `${randomUUID()}@example.com`;
  const user = await signIn(email);
  const { body } = await user.submit('sdxl_image_fast', { prompt: 'a lighthouse', num_images: 3 });
  await user.ended(body.job.id);
  const { context, page, complaints } = await openWindow(browser, { acceptDownloads: true });
  await signInByForm(page, email);
  await page.goto('/#/account');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export my data' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^ourvidz-\d{4}-\d\d-\d\d-1\.zip$/);
  const read = `import zipfile,json,sys; a=zipfile.ZipFile(sys.argv[1]); assert a.testzip() is None
print(json.dumps({'names': a.namelist(), 'jobs': json.loads(a.read('jobs.json')), 'png': list(a.read(a.namelist()[-1])[:4])}))`;
  const { names, jobs, png } = JSON.parse(
    execFileSync('python3', ['-c', read, await download.path()], { encoding: 'utf8' }),
  );
  assert.deepEqual(names.filter((name) => name.endsWith('.json')).sort(), [
    'account.json',
    'api_keys.json',
    'assets.json',
    'jobs.json',
    'projects.json',
    'webhook_deliveries.json',
  ]);
  assert.equal(names.filter((name) => /^files\/ourvidz-[0-9a-f]{8}-\d\.png$/.test(name)).length, 3);
  assert.deepEqual(png, [0x89, 0x50, 0x4e, 0x47]);
  assert.deepEqual([jobs[0].id, jobs[0].prompt], [body.job.id, 'a lighthouse']);
  assert.equal(JSON.stringify(jobs).includes('X-Amz-Signature'), false, 'addresses that end are no data');
  await page.getByText('Exported: the records and 3 files.').waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('everything is deleted after a word was typed, also while a job runs', async () => {
  const { context, page, complaints } = await openWindow(browser);
  const user = await signIn(await signInByForm(page));
  const done = await order(page, 'a lighthouse', ['3']);
  await untilStatus(done, 'completed');
  await order(page, 'waves at night', ['Video']);
  await page.goto('/#/account');
  await page.getByRole('button', { name: 'Delete everything …' }).click();
  const dialog = page.getByRole('dialog');
  const act = dialog.getByRole('button', { name: 'Delete everything' });
  assert.equal(await act.isDisabled(), true);
  assert.deepEqual(await faultsInEveryLook(page), []);
  await page.keyboard.press('Escape');
  assert.equal((await user.request('GET', '/api/jobs')).body.items.length, 2, 'nothing was confirmed');

  await page.getByRole('button', { name: 'Delete everything …' }).click();
  await dialog.getByRole('textbox').fill('delete');
  await page.keyboard.press('Enter');
  assert.equal(await dialog.isVisible(), true, 'a part of the words is too little');
  await dialog.getByRole('textbox').fill('delete everything');
  await page.keyboard.press('Enter');
  await page.getByText('Everything you made is deleted.').first().waitFor();
  await page.getByText('Nothing was ordered yet.').waitFor();
  for (const path of ['/api/jobs', '/api/assets']) assert.deepEqual((await user.request('GET', path)).body.items, []);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(kept, /lighthouse|waves/);

  // The account goes on.
  await page.getByRole('link', { name: 'Workspace' }).click();
  await page.getByText('Nothing here yet').waitFor();
  await untilStatus(await order(page, 'a paper boat'), 'completed');
  assert.deepEqual(complaints, []);
  await context.close();
});
