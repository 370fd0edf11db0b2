// Keys for the person's own programs: made, looked over, revoked.

import { notice } from '../base/announce.js';
import { element } from '../base/dom.js';
import { ago, count, day, moment } from '../base/format.js';
import { confirmed } from '../base/sheet.js';
import { button, tableOnly } from '../base/table.js';
import { attempt } from '../shell/attempt.js';

const COLUMNS = ['Name', 'May', 'Credits this month', 'Last used', 'Ends', 'Actions'];

/** `node`, and `load()`. */
export function keysPanel(client) {
  const list = element('div');
  const load = async () => {
    const keys = await client.keys.list();
    list.replaceChildren(tableOnly('Keys and what they may do', COLUMNS, keys.map(lineOf), 'There is no key yet.'));
  };
  const lineOf = (key) => [
    [element('span', { class: 'key-name' }, key.name), element('code', { class: 'small muted' }, `${key.prefix}…`)],
    key.scopes.join(', '),
    key.monthly_limit === null
      ? count(key.spent_this_month)
      : `${count(key.spent_this_month)} of ${count(key.monthly_limit)}`,
    key.last_used_at ? when(key.last_used_at, ago) : 'never',
    key.expires_at ? ending(new Date(key.expires_at)) : 'never',
    button('Revoke', key.name, () => revoke(key)),
  ];
  const revoke = attempt(async ({ id, name }) => {
    const isMeant = await confirmed({
      title: `Revoke “${name}”?`,
      text: 'Programs that use this key are refused within seconds. A revoked key cannot be brought back.',
      label: 'Revoke',
    });
    if (!isMeant) return;
    await client.keys.revoke(id).catch((problem) => {
      // In another window, say.
      if (problem.code !== 'not_found') throw problem;
    });
    notice(`“${name}” is revoked.`);
    await load();
    make.focus();
  });
  const make = element(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: attempt(async () => {
        const { makeKey } = await import('./key-form.js');
        if (await makeKey(client)) await load();
      }),
    },
    'New key',
  );
  return {
    load,
    node: element(
      'section',
      { class: 'panel table-panel', 'aria-label': 'API keys' },
      element('div', { class: 'label-row' }, element('h2', {}, 'API keys'), make),
      element(
        'p',
        { class: 'muted' },
        'For programs of yours that order or read without you. ',
        element('a', { href: '/docs' }, 'How to use them'),
        '.',
      ),
      list,
    ),
  };
}

function when(text, shown) {
  const date = new Date(text);
  return element('span', { title: moment(date) }, shown(date));
}

function ending(date) {
  const words = date < new Date() ? `ended on ${day(date)}` : day(date);
  return element('span', { title: moment(date) }, words);
}
