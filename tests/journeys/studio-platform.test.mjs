// The keys as the keyboard before somebody has them printed: a browser that says it runs on another machine.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openWindow, order, signInByForm, untilStatus } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const dialog = (page, name) => page.getByRole('dialog', { name });
const wall = (page) => page.getByRole('list', { name: 'Pictures and videos' });
const toast = (page, text) => page.locator('.toast').filter({ hasText: text });

/** As a browser says it whose machine is another one. */
async function pretend(page, platform) {
  const session = await page.context().newCDPSession(page);
  const userAgent = await page.evaluate(() => navigator.userAgent);
  const userAgentMetadata = { platform, platformVersion: '', architecture: '', model: '', mobile: false };
  await session.send('Emulation.setUserAgentOverride', { userAgent, userAgentMetadata });
  await page.reload();
}

for (const [platform, command, erase] of [
  ['macOS', 'Cmd', '⌫'],
  ['Windows', 'Ctrl', 'Del'],
]) {
  test(`the keys are named as they are printed where the machine is ${platform}, and do what they say`, async () => {
    const { context, page, complaints } = await openWindow(browser);
    await pretend(page, platform);
    await signInByForm(page);
    const generate = page.getByRole('button', { name: 'Generate' });
    assert.equal(await generate.locator('kbd').textContent(), `${command} ↵`);
    const card = await order(page, 'three paper boats', ['3']);
    await untilStatus(card, 'completed');
    await page.goto('/#/library?saved=');
    const pictures = wall(page).getByRole('listitem');
    await pictures.nth(2).waitFor();
    assert.equal(await page.locator('.library-hint kbd').last().textContent(), erase);
    await pictures.first().getByRole('button').first().focus();
    await page.keyboard.press('?');
    await dialog(page, 'Keys').waitFor();
    const rowOf = async (what) =>
      (
        await dialog(page, 'Keys').locator('.keys > div').filter({ hasText: what }).locator('kbd').allTextContents()
      ).join(' ');
    assert.equal(await rowOf('Generate'), `${command} Enter`);
    assert.equal(await rowOf('Select all'), `${command} A`);
    assert.equal(await rowOf('Take a deletion back'), `${command} Z`);
    assert.equal(await rowOf('Delete'), `${erase} ${erase}`);
    await page.keyboard.press('Escape');
    await dialog(page, 'Keys').waitFor({ state: 'detached' });
    await page.keyboard.press('Backspace');
    if (platform === 'macOS') await toast(page, 'Deleted.').waitFor();
    await page.keyboard.press('Delete');
    await pictures.nth(platform === 'macOS' ? 1 : 2).waitFor({ state: 'detached' });
    assert.equal(await pictures.count(), platform === 'macOS' ? 1 : 2);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}
