// The page of docs/API.md that follows a job by EventSource and tickets, as it stands there, in a real browser.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { launch, openWindow } from './browser.mjs';
import { signIn, until } from './client.mjs';

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/API.md');

let browser;
let database;
before(async () => {
  browser = await launch();
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
});
after(async () => {
  await browser?.close();
  await database.end();
});

function snippet() {
  const blocks = [...fs.readFileSync(DOCUMENT, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  return blocks.find((block) => block.includes('new EventSource')) ?? assert.fail('docs/API.md has no EventSource');
}

test('a page follows a job over the end of a stream, with nothing told twice', async () => {
  const user = await signIn();
  // A paused queue is no worker's, whoever else runs here.
  const admin = { headers: { 'x-admin-secret': process.env.ADMIN_SECRET }, body: { queue: 'wan_queue' } };
  await user.request('POST', '/api/admin/pause', admin);
  const { context, page } = await openWindow(browser);
  try {
    const { body } = await user.submit('image_fast');
    await page.evaluate(
      ([code, job, token]) => {
        window.told = [];
        const follow = new Function(`${code}; return follow;`)();
        void follow(job, token, (kind, { seq }) => window.told.push([kind, seq])).then(() =>
          window.told.push('the end'),
        );
      },
      [snippet(), body.job.id, user.token],
    );
    const told = () => page.evaluate(() => window.told);
    await until('the first event', async () => (await told()).length === 1);
    // The stream cannot read on, so it ends, and its ticket is used up.
    const { rowCount } = await database.query('delete from private.event_tickets where user_id = $1', [user.id]);
    assert.equal(rowCount, 1);
    await until(
      'a second ticket',
      async () =>
        (
          await database.query('select from private.event_tickets where user_id = $1 and stream_id is not null', [
            user.id,
          ])
        ).rowCount,
    );
    await user.request('POST', `/api/jobs/${body.job.id}/cancel`);
    await until('the end', async () => (await told()).includes('the end'));
    assert.deepEqual(await told(), [['queued', 1], ['asset', 2], ['canceled', 3], 'the end']);
  } finally {
    await context.close();
    await user.request('POST', '/api/admin/resume', admin);
  }
});
