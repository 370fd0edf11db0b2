// Prompts that were ordered before, of this browser: one after the other by the up arrow, or from a list.

import { element } from '../base/dom.js';
import { texts } from '../texts/composer.js';

const STORED_AS = 'ourvidz.prompts';
const MOST = 50;
const LISTED = 12;

/** `add(text)` remembers an order. `field` is the prompt field. */
export function promptHistory(userId, field) {
  const name = `${STORED_AS}.${userId}`;
  let prompts = read(name);
  // Where the arrows are: -1 is what is being written.
  let at = -1;
  let written = '';

  const list = element('ul', { class: 'history-list' });
  const node = element(
    'details',
    { class: 'details', hidden: true },
    element('summary', {}, texts.earlierPrompts),
    list,
  );
  const show = () => {
    node.hidden = prompts.length === 0;
    list.replaceChildren(
      ...prompts
        .slice(0, LISTED)
        .map((text) =>
          element(
            'li',
            {},
            element(
              'button',
              { type: 'button', class: 'history-entry', title: text, onclick: () => choose(text) },
              text,
            ),
          ),
        ),
    );
  };
  const choose = (text) => {
    node.open = false;
    field.write(text);
    field.input.focus();
  };

  const step = (by) => {
    const next = at + by;
    if (next < -1 || next >= prompts.length) return false;
    if (at === -1) written = field.input.value;
    field.write(next === -1 ? written : prompts[next]);
    at = next;
    const end = by > 0 ? 0 : field.input.value.length;
    field.input.setSelectionRange(end, end);
    return true;
  };
  field.input.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { selectionStart, selectionEnd, value } = field.input;
    // Elsewhere in the text the arrows go to the next line.
    const isAtStart = selectionEnd === 0;
    const isAtEnd = selectionStart === value.length;
    const moved =
      (event.key === 'ArrowUp' && (isAtStart || value === '') && step(1)) ||
      (event.key === 'ArrowDown' && at >= 0 && (isAtEnd || isAtStart) && step(-1));
    if (moved) event.preventDefault();
  });
  field.input.addEventListener('input', ({ isTrusted }) => {
    if (isTrusted) at = -1;
  });
  show();

  return {
    node,
    add(text) {
      prompts = [text, ...prompts.filter((each) => each !== text)].slice(0, MOST);
      at = -1;
      try {
        localStorage.setItem(name, JSON.stringify(prompts));
      } catch {
        // It lasts as long as the page.
      }
      show();
    },
  };
}

function read(name) {
  try {
    const prompts = JSON.parse(localStorage.getItem(name));
    return Array.isArray(prompts) ? prompts.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}
