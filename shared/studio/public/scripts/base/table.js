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
    { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption, dataset: { key: caption } },
    element('table', {}, element('thead', {}, element('tr', {}, heads)), element('tbody', {}, lines)),
  );
}

/**
 * Remembers where somebody is in the tables of `node`, which are about to be made anew: gives a function that puts the focus
 * and what was scrolled sideways back to there.
 */
export function placeIn(node) {
  const byKey = (key) => node.querySelector(`[data-key="${CSS.escape(key ?? '')}"]`);
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const keys = [focused, focused?.closest('.table-frame')].map((each) => each?.dataset.key);
  const scrolled = [...node.querySelectorAll('.table-frame')].map(({ dataset, scrollLeft }) => [
    dataset.key,
    scrollLeft,
  ]);
  return () => {
    for (const [key, left] of scrolled) if (left > 0) byKey(key)?.scrollTo({ left });
    // A button may be gone with what it was for.
    if (focused?.isConnected === false) (byKey(keys[0]) ?? byKey(keys[1]))?.focus({ preventScroll: true });
  };
}

/** A small button of a row. `key` keeps the focus on it when the rows are made anew, whatever it says by then. */
export function button(label, name, run, key = `${label} ${name}`) {
  return element(
    'button',
    {
      type: 'button',
      class: 'button compact',
      'aria-label': `${label} ${name}`,
      dataset: { key },
      onclick: run,
    },
    label,
  );
}
