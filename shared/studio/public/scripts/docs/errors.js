// Every error that the description knows, with its status.

import { element } from '../base/dom.js';
import { texts } from '../texts/docs.js';

/** A table of codes, made of the answers that the description names. */
export function errorTable({ components }) {
  const rows = Object.entries(components.responses).flatMap(([name, response]) => {
    const schema = response.content?.['application/json']?.schema;
    return name.split('-or-').map((codeName) => [codeName, response.description ?? '', schema]);
  });
  const known = new Map(rows.map(([codeName, text]) => [codeName, text]));
  return element(
    'div',
    { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': texts.tableOfErrors },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          [texts.code, texts.meaning].map((name) => element('th', { scope: 'col' }, name)),
        ),
      ),
      element(
        'tbody',
        {},
        [...known].map(([codeName, text]) =>
          element('tr', {}, element('td', {}, element('code', {}, codeName)), element('td', {}, text)),
        ),
      ),
    ),
  );
}
