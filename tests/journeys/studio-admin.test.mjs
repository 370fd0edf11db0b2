// The operator's page: who may see it, and what it does. In a real browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFaults, faultsInEveryLook, launch, openWindow, signInByForm } from './browser.mjs';
import { signIn, until } from './client.mjs';

const TOKEN = path.resolve(import.meta.dirname, '../../tools/stack/commands/token.mjs');

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('users are told that it is for operators', async () => {
  const { context, page } = await openWindow(browser);
  await page.goto('/admin');
  await page.getByRole('heading', { name: 'Sign in first' }).waitFor();
  await page.getByRole('link', { name: 'Go to the studio' }).click();
  await signInByForm(page);
  await page.goto('/admin');
  await page.getByRole('heading', { name: 'This is for operators' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await context.close();
});

test('an operator sees queues and workers, pauses and resumes with a reason, and books credits', async () => {
  const email = `${randomUUID()}@example.com`;
  execFileSync(process.execPath, [TOKEN, '--email', email, '--role', 'admin'], { encoding: 'utf8' });
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page, email);
  await page.goto('/admin');
  const queues = page.getByRole('region', { name: 'Queues' }).first();
  const row = queues.getByRole('row').filter({ hasText: 'wan_queue' });
  await row.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause wan_queue' });
  await dialog.getByLabel(/Reason/).fill('a new driver');
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.keyboard.press('Enter');
  await row.getByText('paused', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await row.getByText('paused', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Resume' }).click();
  await page.keyboard.press('Enter');
  await row.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('region', { name: 'Workers' }).first().getByText('local-preview').waitFor();

  const user = await signIn();
  const { balance } = await user.balance();
  await page.getByLabel('User id').fill(user.id);
  await page.getByRole('spinbutton', { name: /^Credits/ }).fill('25');
  await page.getByLabel('Reason', { exact: true }).fill('test');
  await page.getByRole('button', { name: 'Book' }).click();
  await until('the credits', async () => (await user.balance()).balance === balance + 25);
  assert.deepEqual(await faultsInEveryLook(page), []);
  assert.deepEqual(complaints, []);
  await context.close();
});
