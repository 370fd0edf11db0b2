// The operator's page: who may see it, and what it does. In a real browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFaults, faultsInEveryLook, launch, openWindow, signInByForm } from './browser.mjs';
import { signIn, TestWorker, until } from './client.mjs';

const TOKEN = path.resolve(import.meta.dirname, '../../tools/stack/commands/token.mjs');

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** What the edge notes when the content policy refuses a user's prompt. */
async function refuse(user) {
  const { SUPABASE_URL, SUPABASE_ANON_KEY: apikey, EDGE_DB_JWT } = process.env;
  const { ok } = await fetch(`${SUPABASE_URL}/rest/v1/rpc/record_policy_event`, {
    method: 'POST',
    headers: { apikey, authorization: `Bearer ${EDGE_DB_JWT}`, 'content-type': 'application/json' },
    body: JSON.stringify({ p_user_id: user.id, p_surface: 'queue_job', p_job_id: null }),
  });
  assert.ok(ok);
}

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
  const workers = page.getByRole('region', { name: 'Workers' }).first();
  await workers.getByText('local-preview').waitFor();

  // A worker's key is made worthless for good: there is nothing to resume.
  const rented = new TestWorker();
  await rented.claim('wan_queue');
  const machine = workers.getByRole('row').filter({ hasText: rented.id });
  await machine.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog', { name: `Revoke ${rented.id}` }).waitFor();
  await page.keyboard.press('Enter');
  await machine.getByText('revoked', { exact: true }).waitFor();
  assert.equal(await machine.getByRole('button').count(), 0);
  assert.equal((await rented.claim('wan_queue')).status, 403);

  // Somebody's orders are stopped and let go on again, which forgives refusals too.
  const refused = page.getByRole('region', { name: 'Refused by the content policy' }).first();
  const suspect = await signIn();
  await suspect.balance();
  await refuse(suspect);
  const strike = refused.getByRole('row').filter({ hasText: suspect.id });
  await strike.getByRole('button', { name: 'Suspend' }).click();
  await page.keyboard.press('Enter');
  await strike.getByText('suspended').waitFor();
  assert.equal((await suspect.submit('sdxl_image_fast')).status, 403);
  await strike.getByRole('button', { name: 'Resume' }).click();
  await page.keyboard.press('Enter');
  await strike.getByText('may order').waitFor();
  assert.equal((await suspect.submit('sdxl_image_fast')).status, 200);

  await page.getByRole('region', { name: 'Costs by job type, since the first day' }).first().waitFor();
  await page.getByRole('region', { name: 'Waiting', exact: true }).first().waitFor();
  await page
    .getByRole('region', { name: 'Housekeeping' })
    .getByText(/\d+ days/)
    .waitFor();

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
