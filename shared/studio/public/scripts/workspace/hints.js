// The first steps in three hints, one after the other, until they are read or put away.

import { element, icon, setText } from '../base/dom.js';
import { texts } from '../texts/workspace.js';

const STORED_AS = 'ourvidz.hints';
const READ = 'read';

/** The hints of a person; `null` when they have been read. */
export function hintsOf(userId) {
  const name = `${STORED_AS}.${userId}`;
  if (read(name) === READ) return null;
  let at = 0;
  const text = element('p', { 'aria-live': 'polite' });
  const place = element('span', { class: 'muted small numbers' });
  const next = element('button', { type: 'button', class: 'button compact', onclick: () => step() });
  const show = () => {
    setText(text, texts.hints[at]);
    setText(place, texts.hintOf(at + 1, texts.hints.length));
    setText(next, at === texts.hints.length - 1 ? texts.gotIt : texts.nextHint);
  };
  const step = () => {
    at += 1;
    if (at < texts.hints.length) show();
    else end();
  };
  const end = () => {
    node.remove();
    write(name, READ);
    document.getElementById('feed-title')?.focus({ preventScroll: true });
  };
  const node = element(
    'aside',
    { class: 'panel hint', 'aria-label': texts.firstSteps },
    icon('spark'),
    text,
    element(
      'div',
      { class: 'hint-steps' },
      place,
      next,
      element(
        'button',
        {
          type: 'button',
          class: 'button quiet only-icon compact',
          'aria-label': texts.hideHints,
          title: texts.hideHints,
          onclick: end,
        },
        icon('cancel'),
      ),
    ),
  );
  show();
  return node;
}

function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    // Where nothing can be kept, they would come back each time.
    return READ;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // They are gone for now.
  }
}
