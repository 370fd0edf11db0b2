// The operator's page: who may see it, and what it does. In a real browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { accessibilityFaults, faultsInEveryLook, launch, openWindow, signInByForm } from './browser.mjs';
import { signIn, TestWorker, until } from './client.mjs';

const TOKEN = path.resolve(import.meta.dirname, '../../tools/stack/commands/token.mjs');

const GIB = 2 ** 30;

let browser;
let database;
before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await database?.end();
});

async function openAsOperator() {
  const email = `${randomUUID()}@example.com`;
  execFileSync(process.execPath, [TOKEN, '--email', email, '--role', 'admin'], { encoding: 'utf8' });
  const opened = await openWindow(browser);
  await signInByForm(opened.page, email);
  await opened.page.goto('/admin');
  return opened;
}

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
  const { context, page, complaints } = await openAsOperator();
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

  // What was done by mistake is taken back, and the audit has both.
  const toast = (text) => page.locator('.toast').filter({ hasText: text });
  await toast('Resume wan_queue').getByRole('button', { name: 'Undo' }).click();
  await row.getByText('paused', { exact: true }).waitFor();
  const { rows: noted } = await database.query(
    `select action, reason from private.admin_actions where queue = 'wan_queue' order by id desc limit 3`,
  );
  assert.deepEqual(noted, [
    { action: 'pause', reason: 'undoes: Resume wan_queue' },
    { action: 'resume', reason: null },
    { action: 'pause', reason: 'a new driver' },
  ]);
  await row.getByRole('button', { name: 'Resume' }).click();
  await page.keyboard.press('Enter');
  await row.getByRole('button', { name: 'Pause' }).waitFor();
  const workers = page.getByRole('region', { name: 'Workers' }).first();
  await workers.getByText('local-preview').waitFor();

  // A worker's key is made worthless for good: there is nothing to resume.
  const rented = new TestWorker();
  const { gpu, models } = { gpu: { memory_used_bytes: 12.5 * GIB, memory_total_bytes: 80 * GIB }, models: ['wan'] };
  await rented.claim('wan_queue', { gpu, models });
  const machine = workers.getByRole('row').filter({ hasText: rented.id });
  await machine.getByRole('cell', { name: '12.5 of 80 GiB', exact: true }).waitFor();
  await machine.getByRole('cell', { name: 'wan', exact: true }).waitFor();
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

test('how long jobs waited is shown over time', async () => {
  await database.query(`
    insert into private.queue_history (queue, at, queued, processing, workers, oldest_seconds, median_wait_seconds)
    select 'sdxl_queue', date_bin('5 minutes', now(), 'epoch') - n * interval '5 minutes', case n when 30 then 4321 else n end, 1, 2, n, 20
    from generate_series(1, 200) as n
    on conflict do nothing`);
  const { context, page, complaints } = await openAsOperator();
  const waits = page.getByRole('region', { name: 'Waits over time' });
  const jobs = waits.getByRole('img', { name: /^sdxl_queue, jobs\. Waiting: .* at last, 4,321 at most/ });
  await jobs.waitFor();
  await waits.getByRole('img', { name: /^sdxl_queue, waits\..* Median: .* at last/ }).waitFor();
  assert.ok((await jobs.locator('path').first().getAttribute('d')).split('L').length > 150);
  await waits.getByLabel('Time that is shown').selectOption({ label: 'Six hours' });
  await until('six hours', async () => {
    const path = await jobs.locator('path').first().getAttribute('d');
    return path.split('L').length < 80;
  });
  assert.deepEqual(await faultsInEveryLook(page), []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('webhook deliveries are seen and sent again, by their owner and by operators', async () => {
  const { context, page, complaints } = await openAsOperator();
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast');
  await user.ended(body.job.id);
  const { rows } = await database.query(
    `insert into public.webhook_deliveries (user_id, job_id, event, url, status, attempts, last_status, last_error, last_attempt_at)
     values ($1, $2, 'completed', 'https://hooks.example.com/T0/hidden', 'failed', 10, 502, 'status', now() - interval '1 hour')
     returning id`,
    [user.id, body.job.id],
  );
  const name = `delivery ${rows[0].id.slice(0, 8)}`;
  const deliveries = page.getByRole('region', { name: 'Webhook deliveries' }).first();
  await deliveries.getByLabel('State of webhook deliveries').selectOption({ label: 'Given up' });
  const again = page.getByRole('button', { name: `Send again ${name}` });
  const row = deliveries.getByRole('row').filter({ has: again });
  await row.getByText('HTTP 502').waitFor();
  await row.getByText('https://hooks.example.com', { exact: true }).waitFor();
  assert.deepEqual(await faultsInEveryLook(page), []);
  await again.click();
  await page
    .getByRole('dialog', { name: `Send again ${name}` })
    .getByLabel(/Reason/)
    .fill('their host is back');
  await page.keyboard.press('Enter');
  await page.locator('.toast').getByText(`Send again ${name}: done.`).waitFor();
  const { rows: noted } = await database.query(
    `select reason, user_id from private.admin_actions where action = 'redeliver' order by id desc limit 1`,
  );
  assert.deepEqual(noted, [{ reason: 'their host is back', user_id: user.id }]);
  assert.deepEqual(complaints, []);
  await context.close();

  const mine = await openWindow(browser);
  await signInByForm(mine.page, user.email);
  await mine.page.goto('/#/account');
  const own = mine.page.getByRole('region', { name: 'Webhook deliveries' }).first();
  await own.getByText('https://hooks.example.com/T0/hidden').waitFor();
  await own.getByRole('button', { name: `Send again ${name}` }).click();
  await mine.page.locator('.toast').getByText('It is sent again.').waitFor();
  assert.deepEqual(await faultsInEveryLook(mine.page), []);
  assert.deepEqual(mine.complaints, []);
  await mine.context.close();
});
