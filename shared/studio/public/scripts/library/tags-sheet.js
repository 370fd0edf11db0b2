// Putting tags on pictures and videos, and taking them off.

import { element, icon, setText } from '../base/dom.js';
import { whileResting } from '../base/focus.js';
import { count } from '../base/format.js';
import { sheet } from '../base/sheet.js';
import { explain } from '../net/problem.js';
import { texts } from '../texts/tags.js';

const MAX_TAG_CHARACTERS = 40;

/**
 * Shows itself for these assets until it is closed. `known` are tags to choose from; `change(asset, body)` resolves to the
 * tags that the asset has then: only the service knows how it keeps what was typed.
 */
export function showTags(assets, { known, change, closed }) {
  const tags = new Map(assets.map((asset) => [asset.id, asset.tags]));
  const chips = element('ul', { class: 'tag-chips', 'aria-label': texts.tags });
  const none = element('p', { class: 'muted small' }, texts.none);
  const said = element('p', { class: 'visually-hidden', role: 'status' });
  const complaint = element('p', { class: 'message error', role: 'alert', hidden: true });
  const typed = element('input', {
    id: 'new-tag',
    class: 'input',
    name: 'tag',
    list: 'known-tags',
    maxLength: MAX_TAG_CHARACTERS,
    autocomplete: 'off',
  });
  const add = element('button', { type: 'submit', class: 'button primary' }, texts.add);

  const make = (body, words) =>
    whileResting([add], async () => {
      const answers = await Promise.allSettled(assets.map((asset) => change(asset, body)));
      for (const [nth, { value }] of answers.entries()) if (value) tags.set(assets[nth].id, value);
      const refused = answers.find(({ status }) => status === 'rejected');
      complaint.hidden = refused === undefined;
      if (refused) setText(complaint, sentencesOf(refused.reason));
      else setText(said, words);
      show();
      typed.focus();
    });
  const chip = (tag, number) =>
    element(
      'li',
      { class: 'tag-chip' },
      element('span', {}, tag),
      number < assets.length && element('span', { class: 'muted small numbers' }, texts.onSome(count(number))),
      element(
        'button',
        {
          type: 'button',
          class: 'button quiet only-icon compact',
          'aria-label': texts.takeOff(tag),
          title: texts.takeOff(tag),
          onclick: () => make({ remove_tags: [tag] }, texts.isOff(tag)),
        },
        icon('cancel'),
      ),
    );
  const show = () => {
    const numbers = new Map();
    for (const tag of [...tags.values()].flat()) numbers.set(tag, (numbers.get(tag) ?? 0) + 1);
    chips.replaceChildren(
      ...[...numbers].sort(([one], [other]) => one.localeCompare(other)).map((each) => chip(...each)),
    );
    chips.hidden = numbers.size === 0;
    none.hidden = numbers.size > 0;
  };
  const submit = (event) => {
    event.preventDefault();
    const tag = typed.value.trim();
    typed.value = '';
    if (tag !== '') make({ add_tags: [tag] }, texts.isOn(tag));
  };

  show();
  const dialog = sheet(
    { id: 'tags', title: assets.length === 1 ? texts.tags : texts.tagsOf(count(assets.length)), closed },
    element(
      'form',
      { class: 'sheet-form', onsubmit: submit },
      chips,
      none,
      complaint,
      element(
        'div',
        { class: 'field' },
        element('label', { for: typed.id }, texts.addOne),
        typed,
        element(
          'datalist',
          { id: 'known-tags' },
          known.map((tag) => element('option', { value: tag })),
        ),
      ),
      said,
      element(
        'div',
        { class: 'sheet-buttons' },
        element('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, texts.done),
        add,
      ),
    ),
  );
  typed.focus();
}

function sentencesOf(problem) {
  const { what, action } = explain(problem);
  return [what, action].filter(Boolean).join(' ');
}
