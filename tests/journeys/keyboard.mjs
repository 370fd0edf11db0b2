// Working by the keyboard alone: getting to a control, and where the focus is. Nothing here clicks or gives the focus.

import assert from 'node:assert/strict';
import { until } from './client.mjs';

// No place of the page has so much to stop at.
const MOST_STOPS = 150;

/** What has the focus, in words; `nothing` where it is lost. */
export const focused = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    if (!node || node === document.body) return 'nothing';
    return node.ariaLabel || node.textContent.trim().slice(0, 60) || node.id || node.tagName;
  });

/** Whether a locator's element has the focus. */
const has = (target) => target.evaluate((node) => node === document.activeElement).catch(() => false);

/** Presses Tab, or Shift+Tab, until a control has the focus. */
export async function reach(target, key = 'Tab') {
  const page = target.page();
  await target.waitFor({ state: 'attached' });
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await has(target)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${target} cannot be reached; the focus is on ${await focused(page)}`);
}

/** Reaches a control and presses it. */
export async function press(target, { by = 'Enter', key } = {}) {
  await reach(target, key);
  await target.page().keyboard.press(by);
}

/** Puts a text in the place of what a field has. */
export async function write(target, text, key) {
  await reach(target, key);
  await target.page().keyboard.press('Control+a');
  await target.page().keyboard.type(text);
}

/** Waits until the focus is on what a locator finds. */
export async function gets(target, why) {
  const page = target.page();
  await until(`${why}: the focus is on ${target}`, () => has(target)).catch(async () =>
    assert.fail(`${why}: the focus is on ${await focused(page)}`),
  );
}

/** Why what has the focus cannot be seen, if so: out of sight, behind something, or without a frame. */
const unseen = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    if (!node || node === document.body) return 'the focus is nowhere';
    const shown = node.type === 'radio' ? node.closest('label') : node;
    const { left, right, top, bottom } = shown.getBoundingClientRect();
    const box = {
      left: Math.max(left, 0),
      right: Math.min(right, innerWidth),
      top: Math.max(top, 0),
      bottom: Math.min(bottom, innerHeight),
    };
    const name = `${node.tagName} ${node.ariaLabel || node.textContent.trim().slice(0, 40) || node.id}`;
    if (box.right - box.left < 1 || box.bottom - box.top < 1) return `${name} is out of sight`;
    const parts = [0.1, 0.5, 0.9];
    const isOnTop = parts.some((across) =>
      parts.some((down) => {
        const x = box.left + (box.right - box.left) * across;
        const y = box.top + (box.bottom - box.top) * down;
        const top = document.elementFromPoint(x, y);
        return top && (shown.contains(top) || top.contains(shown));
      }),
    );
    if (!isOnTop) return `${name} is behind something`;
    const framed = node.type === 'radio' ? node.nextElementSibling : node;
    return getComputedStyle(framed).outlineStyle === 'none' ? `${name} has no frame` : null;
  });

/** Goes once through all stops of a place; gives what of them cannot be seen. */
export async function walk(page, end) {
  const faults = [];
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    // The browser's own controls come behind the last one.
    if ((await focused(page)) === 'nothing') return faults;
    const fault = await unseen(page);
    if (fault) faults.push(fault);
    if (end && (await has(end))) return faults;
  }
  return [...faults, 'it has no end'];
}
