// A list of deliveries, by their state and page by page, each to be sent again.

import { element, setText } from '../base/dom.js';
import { count } from '../base/format.js';
import { button, placeIn, tableOnly } from '../base/table.js';
import { texts } from '../texts/webhooks.js';
import { COLUMNS, cellsOf, nameOf, STATES } from './delivery.js';

/**
 * `read({ status, cursor })` resolves to a page, `sendAgain(delivery, name)` when it is under way, or was called off.
 * `more` are `[column, cell(delivery)]`. Gives `node`, `count()` of what is shown, and `refresh()`, which reads the newest
 * unless somebody looks at older ones.
 */
export function deliveryList({ caption, read, sendAgain, attempt, more = [] }) {
  const rows = [];
  let cursor = null;
  let pages = 0;
  const status = element(
    'select',
    { class: 'input compact', 'aria-label': texts.stateOf(caption.toLowerCase()), onchange: () => fromStart() },
    Object.entries(STATES).map(([value, name]) => element('option', { value }, name)),
  );
  const lines = element('div');
  const older = element(
    'button',
    { type: 'button', class: 'button compact', onclick: () => further() },
    texts.showEarlier,
  );
  const known = element('p', { class: 'visually-hidden', role: 'status' });

  const rowOf = (delivery) => [
    ...more.map(([, cell]) => cell(delivery)),
    ...cellsOf(delivery),
    button(texts.sendAgain, nameOf(delivery), async () => {
      await sendAgain(delivery, nameOf(delivery));
      await fromStart();
    }),
  ];
  const show = () => {
    const columns = [...more.map(([column]) => column), ...COLUMNS, texts.actions];
    const goBack = placeIn(lines);
    lines.replaceChildren(tableOnly(texts.newestFirst(caption), columns, rows.map(rowOf), texts.none));
    goBack();
    older.parentNode.hidden = cursor === null;
  };
  const load = async (from) => {
    const page = await read({ status: status.value || undefined, cursor: from });
    if (from === null) {
      rows.length = 0;
      pages = 0;
    }
    rows.push(...page.items);
    pages += 1;
    cursor = page.nextCursor ?? null;
    show();
  };
  const fromStart = attempt(() => load(null));
  const further = attempt(async () => {
    await load(cursor);
    setText(known, texts.shown(count(rows.length)));
  });

  return {
    node: element(
      'section',
      { class: 'panel table-panel', 'aria-label': caption },
      element('div', { class: 'label-row' }, element('h2', {}, caption), status),
      lines,
      element('p', { hidden: true }, older),
      known,
    ),
    isEmpty: () => rows.length === 0 && status.value === '',
    refresh: async () => {
      if (pages <= 1) await load(null);
    },
  };
}
