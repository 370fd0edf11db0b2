// A new key: what it is called and may do, and then the key itself, which is shown this once.

import { element, setText } from '../base/dom.js';
import { whileResting } from '../base/focus.js';
import { sheet } from '../base/sheet.js';
import { explain } from '../net/problem.js';
import { texts } from '../texts/account.js';

const MAX_NAME_CHARACTERS = 100;
const SCOPES = [
  ['orders', texts.scopeOrder, texts.scopeOrderWhat, true],
  ['read', texts.scopeRead, texts.scopeReadWhat, true],
  ['webhooks', texts.scopeWebhooks, texts.scopeWebhooksWhat, false],
];
const ENDS = [
  [30, texts.after30Days],
  [90, texts.after90Days],
  [365, texts.afterAYear],
  ['', texts.endsNever],
];
const FIRST_END = 90;

/** Resolves to whether there is a new key, once its owner has put it away. */
export function makeKey(client) {
  return new Promise((resolve) => {
    let made = false;
    let isCopied = true;
    const dialog = sheet(
      {
        id: 'key',
        title: texts.newKey,
        closed: () => resolve(made),
        // Escape is pressed easily, and nobody can look the key up later.
        oncancel: (event) => isCopied || event.preventDefault(),
      },
      form({
        cancel: () => dialog.close(),
        async create(fields) {
          const { key } = await client.keys.create(fields);
          made = true;
          isCopied = false;
          setText(dialog.querySelector('h2'), texts.keyTitle(fields.name));
          const shown = keyOnce(key, {
            copied: () => {
              isCopied = true;
            },
            done: () => dialog.close(),
          });
          dialog.lastChild.replaceWith(shown);
          shown.querySelector('input').select();
        },
      }),
    );
    dialog.querySelector('input').focus();
  });
}

function form({ create, cancel }) {
  const name = element('input', {
    id: 'key-name',
    class: 'input',
    maxLength: MAX_NAME_CHARACTERS,
    autocomplete: 'off',
    required: true,
    placeholder: texts.keyNameHint,
  });
  const scopes = SCOPES.map(([value, label, what, checked]) => ({
    input: element('input', { type: 'checkbox', name: 'scope', value, checked }),
    label,
    what,
  }));
  const limit = element('input', {
    id: 'key-limit',
    class: 'input',
    type: 'number',
    min: '1',
    step: '1',
    inputMode: 'numeric',
    placeholder: texts.noLimit,
  });
  const ends = element(
    'select',
    { id: 'key-ends', class: 'input' },
    ENDS.map(([value, label]) => element('option', { value: String(value), selected: value === FIRST_END }, label)),
  );
  const complaint = element('p', { class: 'message error', role: 'alert', hidden: true });
  const submit = element('button', { type: 'submit', class: 'button primary' }, texts.createKey);
  const say = (text) => {
    setText(complaint, text);
    complaint.hidden = false;
  };
  const send = async () => {
    const chosen = scopes.filter(({ input }) => input.checked).map(({ input }) => input.value);
    if (name.value.trim() === '') {
      say(texts.keyNameMissing);
      name.focus();
      return;
    }
    if (chosen.length === 0) {
      say(texts.keyScopeMissing);
      scopes[0].input.focus();
      return;
    }
    complaint.hidden = true;
    const wanted = {
      name: name.value.trim(),
      scopes: chosen,
      ...(limit.value && { monthlyLimit: Number(limit.value) }),
      ...(ends.value && { expiresInDays: Number(ends.value) }),
    };
    await whileResting([submit], () => create(wanted)).catch((problem) => say(wordsOf(problem)));
  };
  return element(
    'form',
    {
      class: 'sheet-form',
      onsubmit: (event) => {
        event.preventDefault();
        send();
      },
    },
    element('div', { class: 'field' }, element('label', { for: name.id }, texts.name), name),
    element(
      'fieldset',
      { class: 'choice key-scopes' },
      element('legend', {}, texts.may),
      scopes.map(({ input, label, what }) =>
        element(
          'label',
          { class: 'check' },
          input,
          element('span', {}, label, ' ', element('span', { class: 'muted small' }, what)),
        ),
      ),
    ),
    element(
      'div',
      { class: 'pair' },
      element('div', { class: 'field' }, element('label', { for: limit.id }, texts.creditsAMonth), limit),
      element('div', { class: 'field' }, element('label', { for: ends.id }, texts.ends), ends),
    ),
    complaint,
    element(
      'div',
      { class: 'sheet-buttons' },
      element('button', { type: 'button', class: 'button', onclick: cancel }, texts.cancel),
      submit,
    ),
  );
}

// The words of the page are for orders; these are about a key.
function wordsOf(problem) {
  const { code, details = {} } = problem;
  if (code === 'content_policy') return texts.keyNameRefused;
  if (code === 'forbidden') return texts.keysNeedEmail;
  if (code === 'state_conflict' && details.limit) return texts.keysTooMany(details.limit);
  const { what, action } = explain(problem);
  return [what, action].filter(Boolean).join(' ');
}

function keyOnce(key, { copied, done }) {
  const shown = element('input', {
    id: 'key-once',
    class: 'input key-once',
    readOnly: true,
    value: key,
    spellcheck: false,
    autocomplete: 'off',
  });
  const said = element('p', { class: 'small muted', role: 'status' });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(key);
      setText(said, texts.copied);
      copied();
    } catch {
      shown.select();
      setText(said, texts.keyCopyByHand);
    }
  };
  return element(
    'div',
    { class: 'sheet-form' },
    element('p', { class: 'message warning' }, texts.keyCopyNow),
    element(
      'div',
      { class: 'field' },
      element('label', { for: shown.id }, texts.key),
      element(
        'div',
        { class: 'project-row' },
        shown,
        element('button', { type: 'button', class: 'button', onclick: copy }, texts.copy),
      ),
    ),
    said,
    element(
      'div',
      { class: 'sheet-buttons' },
      element('button', { type: 'button', class: 'button primary', onclick: done }, texts.keyPutAway),
    ),
  );
}
