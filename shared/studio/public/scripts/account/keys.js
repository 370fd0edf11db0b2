// Keys for the person's own programs: made, looked over, revoked.

import { notice } from '../base/announce.js';
import { element } from '../base/dom.js';
import { ago, count, day, moment } from '../base/format.js';
import { confirmed } from '../base/sheet.js';
import { button, tableOnly } from '../base/table.js';
import { attempt } from '../shell/attempt.js';
import { texts } from '../texts/account.js';

const COLUMNS = [texts.name, texts.may, texts.creditsThisMonth, texts.lastUsed, texts.ends, texts.actions];

/** `node`, and `load()`. */
export function keysPanel(client) {
  const list = element('div');
  const load = async () => {
    const keys = await client.keys.list();
    list.replaceChildren(tableOnly(texts.keysCaption, COLUMNS, keys.map(lineOf), texts.keysNone));
  };
  const lineOf = (key) => [
    [element('span', { class: 'key-name' }, key.name), element('code', { class: 'small muted' }, `${key.prefix}…`)],
    key.scopes.join(', '),
    key.monthly_limit === null
      ? count(key.spent_this_month)
      : texts.spentOf(count(key.spent_this_month), count(key.monthly_limit)),
    key.last_used_at ? when(key.last_used_at, ago) : texts.never,
    key.expires_at ? ending(new Date(key.expires_at)) : texts.never,
    button(texts.revoke, key.name, () => revoke(key)),
  ];
  const revoke = attempt(async ({ id, name }) => {
    const isMeant = await confirmed({
      title: texts.revokeTitle(name),
      text: texts.revokeWhat,
      label: texts.revoke,
    });
    if (!isMeant) return;
    await client.keys.revoke(id).catch((problem) => {
      // In another window, say.
      if (problem.code !== 'not_found') throw problem;
    });
    notice(texts.revoked(name));
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
    texts.newKey,
  );
  return {
    load,
    node: element(
      'section',
      { class: 'panel table-panel', 'aria-label': texts.apiKeys },
      element('div', { class: 'label-row' }, element('h2', {}, texts.apiKeys), make),
      element('p', { class: 'muted' }, texts.keysWhat, element('a', { href: '/docs' }, texts.keysHowTo), '.'),
      list,
    ),
  };
}

function when(text, shown) {
  const date = new Date(text);
  return element('span', { title: moment(date) }, shown(date));
}

function ending(date) {
  const words = date < new Date() ? texts.endedOn(day(date)) : day(date);
  return element('span', { title: moment(date) }, words);
}
