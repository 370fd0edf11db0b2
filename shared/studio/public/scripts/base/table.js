// Tables: a heading, columns, rows of cells.

import { element } from './dom.js';

/** A panel with a table; `rows` are lists of cells. */
export function table(caption, columns, rows, empty) {
  return element(
    'section',
    { class: 'panel table-panel' },
    element('h2', {}, caption),
    tableOnly(caption, columns, rows, empty),
  );
}

/** A table, or the words for none. It scrolls sideways where it is too wide. */
export function tableOnly(caption, columns, rows, empty) {
  if (rows.length === 0) return element('p', { class: 'muted' }, empty);
  const heads = columns.map((name) => element('th', { scope: 'col' }, name));
  const lines = rows.map((cells) =>
    element(
      'tr',
      {},
      cells.map((cell) => element('td', {}, cell)),
    ),
  );
  return element(
    'div',
    { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption },
    element('table', {}, element('thead', {}, element('tr', {}, heads)), element('tbody', {}, lines)),
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
