// Tables: a heading, columns, rows of cells.

import { element } from './dom.js';

/** A panel with a table; `rows` are lists of cells. It scrolls sideways where it is too wide. */
export function table(caption, columns, rows, empty) {
  return element(
    'section',
    { class: 'panel table-panel' },
    element('h2', {}, caption),
    rows.length === 0
      ? element('p', { class: 'muted' }, empty)
      : element(
          'div',
          { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption },
          element(
            'table',
            {},
            element(
              'thead',
              {},
              element(
                'tr',
                {},
                columns.map((name) => element('th', { scope: 'col' }, name)),
              ),
            ),
            element(
              'tbody',
              {},
              rows.map((cells) =>
                element(
                  'tr',
                  {},
                  cells.map((cell) => element('td', {}, cell)),
                ),
              ),
            ),
          ),
        ),
  );
}

/** A small button of a row. Its name keeps the focus on it when the rows are made anew. */
export function button(label, name, run) {
  return element(
    'button',
    {
      type: 'button',
      class: 'button compact',
      'aria-label': `${label} ${name}`,
      dataset: { key: `${label} ${name}` },
      onclick: run,
    },
    label,
  );
}
