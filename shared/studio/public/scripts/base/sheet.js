// Dialogs over the page.

import { texts } from '../texts/shared.js';
import { element } from './dom.js';
import { goBackTo } from './focus.js';

/** A dialog with a heading that shows itself, and goes when it is closed; then `closed()` is called. */
export function sheet({ id, title, closed, oncancel }, ...parts) {
  const opener = document.activeElement;
  const heading = element('h2', { id: `${id}-title` }, title);
  const dialog = element(
    'dialog',
    {
      class: 'sheet narrow',
      tabindex: '-1',
      'aria-labelledby': heading.id,
      oncancel,
      onclose: () => {
        dialog.remove();
        goBackTo(opener);
        closed?.();
      },
    },
    heading,
    ...parts,
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks before something is done that cannot be undone; `label` says what. `word` has to be typed first, where a click
 * would be too little. Resolves to whether it was confirmed.
 */
export function confirmed({ title, text, label, word }) {
  return new Promise((resolve) => {
    let answer = false;
    const typed = element('input', { id: 'confirm-word', class: 'input', autocomplete: 'off', spellcheck: false });
    const act = element('button', { type: 'submit', class: 'button danger', disabled: word !== undefined }, label);
    typed.addEventListener('input', () => {
      act.disabled = typed.value.trim() !== word;
    });
    const dialog = sheet(
      { id: 'confirm', title, closed: () => resolve(answer) },
      element(
        'form',
        {
          class: 'sheet-form',
          onsubmit: (event) => {
            event.preventDefault();
            answer = true;
            dialog.close();
          },
        },
        [text].flat().map((each) => element('p', {}, each)),
        word &&
          element(
            'div',
            { class: 'field' },
            element('label', { for: typed.id }, texts.confirmByTyping, element('strong', {}, word)),
            typed,
          ),
        element(
          'div',
          { class: 'sheet-buttons' },
          element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, texts.cancel),
          act,
        ),
      ),
    );
    if (word) typed.focus();
  });
}
