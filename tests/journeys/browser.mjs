// A real browser for the tests of the page: Chromium of this machine, driven by playwright-core.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { BASE } from './client.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
// The same without what draws windows: quicker, and its letters look a little different.
const WINDOWLESS = 'chromium-headless-shell';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Software rendering on two busy cores is slow; a page that works is never near it.
const PATIENCE_MS = 60_000;
const PHONE = { width: 390, height: 844 };

/** Starts the browser that CHROMIUM names, else the first on the PATH; for pictures, the one that people look at. */
export function launch({ forPictures = false } = {}) {
  const names = forPictures ? NAMES : [WINDOWLESS, ...NAMES];
  return chromium.launch({
    executablePath:
      process.env.CHROMIUM || onPath(names) || assert.fail('install Chromium, or set CHROMIUM to its path'),
    // Chromium refuses its sandbox to root, and /dev/shm is small in containers.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** A browser window of its own: no cookies, no storage. `complaints` collects what its console says is wrong. */
export async function openWindow(browser, options = {}) {
  const context = await browser.newContext({ baseURL: BASE, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  return { context, page, complaints };
}

/** The field for the prompt; radio buttons have the word in their names too. */
export function prompt(page) {
  return page.getByRole('textbox', { name: 'Prompt' });
}

/** Signs in by the form; every address is its own user. */
export async function signInByForm(page, email = `${randomUUID()}@example.com`) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill('a password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await prompt(page).waitFor();
  return email;
}

/** Fills the form and submits it by the keyboard. Resolves to the card that appears. */
export async function order(page, text, choices = []) {
  for (const choice of choices) await page.getByRole('radio', { name: choice, exact: true }).check();
  await prompt(page).fill(text);
  // While an order is on its way, the next one has to wait.
  await page.getByRole('button', { name: 'Generate', disabled: false }).waitFor();
  await page.keyboard.press('Control+Enter');
  return page.getByRole('article').filter({ hasText: text });
}

/** Waits until the job of a card has this status. */
export function untilStatus(card, status) {
  return card.and(card.page().locator(`[data-status="${status}"]`)).waitFor();
}

/** What axe finds wrong with the page as it is now, one line each: by all of its rules, or by some. */
export async function accessibilityFaults(page, rules) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate((how) => window.axe.run(how), options);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

// What a theme can make wrong; everything else is the same in the dark, and axe is slow.
const RULES_OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** The same in both themes, on a desktop and on a phone. Puts the window back as it was. */
export async function faultsInEveryLook(page) {
  const before = page.viewportSize();
  const faults = [];
  for (const viewport of [before, PHONE]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const moving = await page.evaluate(
        () => document.getAnimations().filter((each) => each instanceof CSSTransition).length,
      );
      if (moving > 0)
        faults.push(`${colorScheme}: ${moving} things move to the other theme where less motion is asked for`);
      faults.push(
        ...(await accessibilityFaults(page, colorScheme === 'dark' ? RULES_OF_COLOURS : undefined)).map(
          (fault) => `${colorScheme}, ${viewport.width} wide: ${fault}`,
        ),
      );
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > viewport.width) faults.push(`${viewport.width} wide: the page is ${width} wide`);
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  return faults;
}

function onPath(names) {
  for (const folder of process.env.PATH.split(path.delimiter)) {
    for (const name of names) {
      try {
        accessSync(path.join(folder, name), constants.X_OK);
        return path.join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}
