// The whole product without a mouse: everything can be reached, what has the focus can be seen, and when it goes away the
// keyboard goes on beside where it was. In a real browser; nothing here is clicked or given the focus by the test.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { launch, openWindow, order, prompt, signInByForm, untilStatus } from './browser.mjs';
import { signIn, until } from './client.mjs';
import { focused, gets, press, reach, walk, write } from './keyboard.mjs';

const TOKEN = path.resolve(import.meta.dirname, '../../tools/stack/commands/token.mjs');
// A desktop of 1280 by 1024 at 400 %.
const MAGNIFIED = { width: 320, height: 256 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const dialog = (page, name) => page.getByRole('dialog', { name });
const wall = (page) => page.getByRole('list', { name: 'Pictures and videos' });
const toast = (page, text) => page.locator('.toast').filter({ hasText: text });

test('somebody signs in, orders, cancels, and puts cards away', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await gets(page.getByLabel('Email'), 'at the start');
  await page.keyboard.type(`${randomUUID()}@example.com`);
  await write(page.getByLabel('Password'), 'a password');
  await page.keyboard.press('Enter');
  await prompt(page).waitFor();
  await gets(page.getByRole('main'), 'after signing in');

  await write(prompt(page), 'a paper boat on a pond');
  await reach(page.getByRole('radio', { name: 'SDXL' }));
  await reach(page.getByRole('radio', { name: '1', exact: true }));
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('radio', { name: '3', exact: true }).isChecked(), true);
  await press(page.getByRole('button', { name: 'Generate' }));
  const done = page.getByRole('article').filter({ hasText: 'a paper boat on a pond' });
  await untilStatus(done, 'completed');

  await reach(page.getByRole('radio', { name: 'Picture', exact: true }), 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await write(prompt(page), 'waves roll onto a beach', 'Shift+Tab');
  await page.keyboard.press('Control+Enter');
  const canceled = page.getByRole('article').filter({ hasText: 'waves roll onto a beach' });
  const cancel = canceled.getByRole('button', { name: /^Cancel/ });
  await press(cancel);
  await untilStatus(canceled, 'canceled');
  await gets(canceled, 'once it is canceled');
  await press(canceled.getByRole('button', { name: /^Dismiss/ }));
  await canceled.waitFor({ state: 'detached' });
  await gets(done, 'after dismissing');
  await press(done.getByRole('button', { name: /^Delete/ }));
  await done.waitFor({ state: 'detached' });
  await gets(page.getByRole('heading', { name: 'Your jobs' }), 'after deleting the last');
  await page.keyboard.press('Control+z');
  await done.waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a prompt is improved, a project made and renamed, and the menu and the keys give the focus back', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await press(page.getByRole('button', { name: 'New project' }));
  await page.keyboard.type('Boats');
  await page.keyboard.press('Enter');
  const project = page.getByRole('combobox', { name: 'Project' }).first();
  await gets(project, 'after a project was made');
  await press(page.getByRole('button', { name: 'Rename the project' }));
  await page.keyboard.type('Paper boats');
  await page.keyboard.press('Enter');
  await gets(project, 'after it was renamed');

  await write(prompt(page), 'a paper boat');
  const improve = page.getByRole('button', { name: 'Improve' });
  const panel = page.getByRole('region', { name: 'Improved prompt' });
  await press(improve, { key: 'Shift+Tab' });
  await panel.getByText(/\d+ → \d+ tokens/).waitFor();
  const another = panel.getByRole('button', { name: 'Another' });
  await press(another);
  await panel.getByText(/\d+ → \d+ tokens/).waitFor();
  await gets(another, 'after another one came');
  await press(panel.getByRole('button', { name: 'Undo' }), { key: 'Shift+Tab' });
  await panel.waitFor({ state: 'hidden' });
  await gets(improve, 'after the panel went');
  assert.equal(await prompt(page).inputValue(), 'a paper boat');

  const account = page.locator('summary[aria-label="Account"]');
  await press(account, { key: 'Shift+Tab' });
  await press(page.getByRole('button', { name: 'Keys', exact: true }));
  await dialog(page, 'Keys').waitFor();
  await page.keyboard.press('Escape');
  await dialog(page, 'Keys').waitFor({ state: 'detached' });
  await gets(account, 'after the keys');
  await page.keyboard.press('?');
  await dialog(page, 'Keys').getByText('Earlier prompts').waitFor();
  await press(dialog(page, 'Keys').getByRole('button', { name: 'Close' }));
  await gets(account, 'after the keys again');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a picture is looked at closely, compared, used again, and its neighbour comes when it is deleted', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'three paper boats', ['3']);
  await untilStatus(card, 'completed');
  const first = card.getByRole('button', { name: /^1 of 3/ });
  await press(first);
  const large = dialog(page, 'Viewer');
  const at = (which) => large.getByText(which, { exact: true }).waitFor();
  await at('1 of 3');
  const picture = large.locator('.viewer-media img').first();
  const place = () => picture.evaluate((image) => new DOMMatrix(getComputedStyle(image).transform));

  const larger = large.getByRole('button', { name: 'Larger' });
  const smaller = large.getByRole('button', { name: 'Smaller' });
  await press(larger);
  await page.keyboard.press('Enter');
  const before = await place();
  assert.ok(before.a > 2);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  const moved = await place();
  assert.ok(moved.e < before.e && moved.f < before.f, 'what is to the right and below comes');
  await at('1 of 3');
  await reach(smaller, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  assert.equal((await place()).a, 1);
  await gets(smaller, 'when it is whole again');
  await page.keyboard.press('ArrowRight');
  await at('2 of 3');
  const next = large.getByRole('button', { name: 'Next', exact: true });
  await press(next);
  await at('3 of 3');
  await gets(next, 'at the last');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await at('1 of 3');

  await page.keyboard.press('c');
  const slider = large.getByRole('slider', { name: /left picture/ });
  await reach(slider, 'Shift+Tab');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await slider.inputValue(), '49');
  await page.keyboard.press('c');
  await slider.waitFor({ state: 'detached' });
  await gets(large, 'after comparing');
  await page.keyboard.press('?');
  await dialog(page, 'Keys').waitFor();
  await page.keyboard.press('Escape');
  await dialog(page, 'Keys').waitFor({ state: 'detached' });

  await write(large.getByLabel('Title'), 'Boats');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await at('2 of 3');
  await press(large.getByRole('button', { name: 'Delete' }));
  await at('2 of 2');
  await gets(large.getByRole('button', { name: 'Delete' }), 'after deleting');
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'hidden' });
  await gets(first, 'after the viewer');

  await page.keyboard.press('Enter');
  await press(large.getByRole('button', { name: 'Vary' }));
  await gets(prompt(page), 'to vary it');
  await press(first);
  await press(large.getByRole('button', { name: 'As reference' }));
  await page.getByRole('img', { name: /^ourvidz-.*-1\.png$/ }).waitFor();
  await gets(prompt(page), 'with a reference');
  await press(page.getByRole('button', { name: /^Remove ourvidz/ }));
  await gets(page.getByRole('button', { name: 'Add a reference image' }), 'after removing it');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the library is searched, filtered, selected from, saved, deleted from and brought back', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  const card = await order(page, 'six paper boats', ['6']);
  await untilStatus(card, 'completed');
  await press(page.getByRole('link', { name: 'Library' }), { key: 'Shift+Tab' });
  const heading = page.getByRole('heading', { name: 'Library', level: 1 });
  await gets(heading, 'in the library');
  const everything = page.getByRole('button', { name: 'Show everything I made' });
  await everything.waitFor();
  await gets(heading, 'once everything of the library is there');
  await press(everything);
  const tiles = wall(page).getByRole('listitem');
  await tiles.nth(5).waitFor();
  await write(page.getByRole('searchbox'), 'no such words', 'Shift+Tab');
  await press(page.getByRole('button', { name: 'Clear the filters' }));
  await tiles.nth(5).waitFor();
  assert.notEqual(await focused(page), 'nothing', 'after clearing the filters');
  await reach(page.getByRole('radio', { name: 'All', exact: true }));
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('radio', { name: 'Pictures', exact: true }).isChecked(), true);
  await tiles.nth(5).waitFor();

  const bar = page.getByRole('toolbar', { name: 'Selected pictures' });
  const open = (number) => tiles.nth(number).getByRole('button').first();
  await reach(open(0));
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
  await bar.getByText('2 selected').waitFor();
  await press(bar.getByRole('button', { name: 'Save' }));
  await toast(page, '2 saved to the library.').waitFor();
  const download = page.waitForEvent('download');
  await press(bar.getByRole('button', { name: 'Download' }));
  assert.match((await download).suggestedFilename(), /\.zip$/);
  await press(bar.getByRole('button', { name: 'Delete' }));
  await toast(page, '2 deleted.').waitFor();
  await gets(open(1), 'after deleting two, on what took their place');
  assert.equal(await tiles.count(), 4);
  await page.keyboard.press('Control+z');
  await tiles.nth(5).waitFor();
  await page.keyboard.press('Space');
  await press(bar.getByRole('button', { name: 'Clear' }));
  assert.match(await focused(page), /^six paper boats/, 'after clearing the selection');
  await page.keyboard.press('Delete');
  await toast(page, 'Deleted.').waitFor();
  await press(toast(page, 'Deleted.').getByRole('button', { name: 'Undo' }));
  await tiles.nth(5).waitFor();
  assert.notEqual(await focused(page), 'nothing', 'after undoing in the message');
  await page.keyboard.press('Tab');
  assert.notEqual(await focused(page), 'nothing');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('in the account a key is made and revoked, everything is exported, and deleting is called off', async () => {
  const { context, page, complaints } = await openWindow(browser);
  await signInByForm(page);
  await press(page.locator('summary[aria-label="Account"]'), { key: 'Shift+Tab' });
  await press(page.getByRole('link', { name: 'Credits, keys and data' }));
  await gets(page.getByRole('heading', { name: 'Account', level: 1 }), 'in the account');
  const create = page.getByRole('button', { name: 'New key' });
  await press(create);
  const form = dialog(page, 'New key');
  await form.waitFor();
  await press(form.getByRole('button', { name: 'Create key' }));
  await gets(form.getByLabel('Name'), 'where something is missing');
  await page.keyboard.type('nightly');
  await press(form.getByRole('button', { name: 'Create key' }));
  const once = dialog(page, 'Your key “nightly”');
  await gets(once.getByLabel('Key', { exact: true }), 'to be copied');
  await press(once.getByRole('button', { name: 'I have put it away' }));
  await gets(create, 'after the key');
  await press(page.getByRole('button', { name: 'Revoke nightly' }));
  await press(dialog(page, 'Revoke “nightly”?').getByRole('button', { name: 'Revoke', exact: true }));
  await page.getByText('There is no key yet.').waitFor();
  await gets(create, 'after revoking');

  const archive = page.getByRole('button', { name: 'Export my data' });
  const download = page.waitForEvent('download');
  await press(archive);
  assert.match((await download).suggestedFilename(), /^ourvidz-.*\.zip$/);
  await page.getByText(/^Exported:/).waitFor();
  await gets(archive, 'after the export');
  const erase = page.getByRole('button', { name: 'Delete everything …' });
  await press(erase);
  const question = dialog(page, 'Delete everything you made?');
  await gets(question.getByRole('textbox'), 'to confirm');
  await press(question.getByRole('button', { name: 'Cancel' }));
  await gets(erase, 'after calling off');
  await press(erase);
  await page.keyboard.type('delete everything');
  await page.keyboard.press('Enter');
  await toast(page, 'Everything you made is deleted.').waitFor();
  await gets(page.getByRole('main'), 'after deleting everything');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('an operator pauses, resumes, redrives and redelivers, and stays in the row', async () => {
  const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast');
  await user.ended(body.job.id);
  const { rows } = await database.query(
    `insert into public.webhook_deliveries (user_id, job_id, event, url, status, attempts, last_status, last_error, last_attempt_at)
     values ($1, $2, 'completed', 'https://hooks.example.com/', 'failed', 10, 502, 'status', now()) returning id`,
    [user.id, body.job.id],
  );
  await database.end();
  const email = `${randomUUID()}@example.com`;
  execFileSync(process.execPath, [TOKEN, '--email', email, '--role', 'admin'], { encoding: 'utf8' });
  // So narrow that the tables scroll sideways.
  const { context, page, complaints } = await openWindow(browser, { viewport: { width: 480, height: 800 } });
  await signInByForm(page, email);
  await page.goto('/admin');
  const act = async (name, reason) => {
    await press(page.getByRole('button', { name, exact: true }));
    await dialog(page, name).waitFor();
    await page.keyboard.type(reason);
    await page.keyboard.press('Enter');
    await toast(page, `${name}: done.`).waitFor();
  };
  await act('Pause wan_queue', 'a new driver');
  const resume = page.getByRole('button', { name: 'Resume wan_queue' });
  await gets(resume, 'after pausing');
  await act('Resume wan_queue', 'it runs');
  await gets(page.getByRole('button', { name: 'Pause wan_queue' }), 'after resuming');
  const frame = page.getByRole('region', { name: 'Workers', exact: true }).last();
  const looked = () => page.waitForResponse((response) => response.url().endsWith('/api/metrics'));
  await reach(frame);
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight');
  const left = () => frame.evaluate(({ scrollLeft }) => scrollLeft);
  let at = 0;
  await until('it to be scrolled, and to rest', async () => {
    const before = at;
    at = await left();
    return at > 50 && at === before;
  });
  await looked();
  await looked();
  await gets(frame, 'after the next look');
  // What is asked while the rows are made anew may be a table that is gone.
  await until(`it to be scrolled to ${at} again`, async () => Math.abs((await left()) - at) < 10);
  await act('Redrive wan_queue', 'nothing has failed');
  await gets(page.getByRole('button', { name: 'Redrive wan_queue' }), 'after redriving');
  const name = `Send again delivery ${rows[0].id.slice(0, 8)}`;
  await act(name, 'their host is back');
  await gets(page.getByRole('button', { name }), 'after sending again');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('magnified four times, what has the focus is always seen', async () => {
  const { context, page } = await openWindow(browser, { viewport: MAGNIFIED });
  const faults = { signIn: await walk(page) };
  await signInByForm(page);
  await prompt(page).fill('three paper boats');
  const card = await order(page, 'three paper boats', ['3']);
  await untilStatus(card, 'completed');
  const places = {
    '#/': card.locator('img.loaded').nth(2),
    '#/library?saved=': wall(page).locator('img.loaded').nth(2),
    '#/account': page.getByText('There is no key yet.'),
  };
  for (const [place, shown] of Object.entries(places)) {
    await page.goto(`/${place}`);
    await page.reload();
    await shown.waitFor();
    faults[place] = await walk(page);
  }
  await page.goto('/#/');
  await press(card.getByRole('button', { name: /^1 of 3/ }));
  await dialog(page, 'Viewer').waitFor();
  faults.viewer = await walk(page, dialog(page, 'Viewer').getByRole('button', { name: 'Close' }));
  await page.goto('/docs');
  await page.locator('details.operation').first().waitFor();
  faults.docs = await walk(page, page.locator('details.operation summary').nth(3));
  assert.deepEqual(
    Object.entries(faults).filter(([, found]) => found.length > 0),
    [],
  );
  await context.close();
});
