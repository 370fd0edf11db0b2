// Asks for the reason of an action before it is done: it stands in the audit beside who did it and when.

import { element } from '../base/dom.js';
import { sheet } from '../base/sheet.js';
import { texts } from '../texts/admin.js';

const MAX_REASON_CHARACTERS = 200;

/** Resolves to the reason, which may be empty, or to null when it was called off. */
export function askReason(what, warning) {
  return new Promise((resolve) => {
    const reason = element('input', {
      id: 'reason',
      class: 'input',
      name: 'reason',
      maxLength: MAX_REASON_CHARACTERS,
      autocomplete: 'off',
    });
    let answer = null;
    const dialog = sheet(
      { id: 'reason', title: what, closed: () => resolve(answer) },
      element(
        'form',
        {
          class: 'sheet-form',
          onsubmit: (event) => {
            event.preventDefault();
            answer = reason.value.trim();
            dialog.close();
          },
        },
        warning && element('p', { class: 'message warning' }, warning),
        element('div', { class: 'field' }, element('label', { for: 'reason' }, texts.reasonLabel), reason),
        element(
          'div',
          { class: 'sheet-buttons' },
          element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, texts.cancel),
          element('button', { type: 'submit', class: 'button primary' }, what),
        ),
      ),
    );
    reason.focus();
  });
}
