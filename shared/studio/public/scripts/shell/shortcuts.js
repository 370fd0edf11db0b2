// All keys in one place, shown by `?`.

import { element, icon } from '../base/dom.js';

const KEYS = {
  'In the form': [
    ['Ctrl Enter', 'Generate'],
    ['↑ ↓', 'Earlier prompts, at the start of the text'],
  ],
  'In the library': [
    ['← → ↑ ↓', 'Move'],
    ['Enter', 'Open'],
    ['Space', 'Select'],
    ['Shift ← →', 'Select more'],
    ['Ctrl A', 'Select all that is shown'],
    ['S', 'Save'],
    ['Del', 'Delete'],
  ],
  'Looking at a picture': [
    ['← →', 'Next and previous'],
    ['+ − 0', 'Larger, smaller, whole'],
    ['C', 'Compare with the next'],
    ['F', 'Full screen'],
    ['S', 'Save'],
    ['Del', 'Delete'],
  ],
  Everywhere: [
    ['Ctrl Z', 'Take a deletion back'],
    ['?', 'These keys'],
  ],
};

/** A dialog that shows itself and goes when it is closed. */
export function showShortcuts() {
  const dialog = element(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'shortcuts-title', onclose: () => dialog.remove() },
    element(
      'div',
      { class: 'label-row' },
      element('h2', { id: 'shortcuts-title' }, 'Keys'),
      element(
        'button',
        { type: 'button', class: 'button quiet only-icon', 'aria-label': 'Close', onclick: () => dialog.close() },
        icon('cancel'),
      ),
    ),
    element(
      'div',
      { class: 'sheet-columns' },
      Object.entries(KEYS).map(([where, keys]) =>
        element(
          'section',
          {},
          element('h3', {}, where),
          element(
            'dl',
            { class: 'keys' },
            keys.map(([key, what]) =>
              element(
                'div',
                {},
                element(
                  'dt',
                  {},
                  key.split(' ').map((each) => element('kbd', {}, each)),
                ),
                element('dd', {}, what),
              ),
            ),
          ),
        ),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
