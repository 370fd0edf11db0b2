// The first steps in three hints, one after the other, until they are read or put away.

import { element, icon, setText } from '../base/dom.js';

const STORED_AS = 'ourvidz.hints';
const READ = 'read';
const HINTS = [
  'Say what you want to see in a sentence. “Improve” writes more of it before you order, and you keep what you like.',
  'The heart keeps a picture in your library. What you do not keep is there, too, under “Everything”.',
  'Open a picture to make one like it, to start the next from it, or to compare two.',
];

/** The hints of a person; `null` when they have been read. */
export function hintsOf(userId) {
  const name = `${STORED_AS}.${userId}`;
  if (read(name) === READ) return null;
  let at = 0;
  const text = element('p', { 'aria-live': 'polite' });
  const place = element('span', { class: 'muted small numbers' });
  const next = element('button', { type: 'button', class: 'button compact', onclick: () => step() });
  const show = () => {
    setText(text, HINTS[at]);
    setText(place, `${at + 1} of ${HINTS.length}`);
    setText(next, at === HINTS.length - 1 ? 'Got it' : 'Next hint');
  };
  const step = () => {
    at += 1;
    if (at < HINTS.length) show();
    else end();
  };
  const end = () => {
    node.remove();
    write(name, READ);
    document.getElementById('feed-title')?.focus({ preventScroll: true });
  };
  const node = element(
    'aside',
    { class: 'panel hint', 'aria-label': 'First steps' },
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
          'aria-label': 'Hide the hints',
          title: 'Hide the hints',
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
