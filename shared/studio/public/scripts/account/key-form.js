// A new key: what it is called and may do, and then the key itself, which is shown this once.

import { element, setText } from '../base/dom.js';
import { sheet } from '../base/sheet.js';
import { explain } from '../net/problem.js';

const MAX_NAME_CHARACTERS = 100;
const SCOPES = [
  ['orders', 'Order', 'pictures and videos, cancel, change and delete what was made', true],
  ['read', 'Read', 'jobs, pictures, projects and the balance', true],
  ['webhooks', 'Webhooks', 'their secret and what became of each', false],
];
const ENDS = [
  [30, 'After 30 days'],
  [90, 'After 90 days'],
  [365, 'After a year'],
  ['', 'Never'],
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
        title: 'New key',
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
          setText(dialog.querySelector('h2'), `Your key “${fields.name}”`);
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
    placeholder: 'Which program is it for?',
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
    placeholder: 'No limit',
  });
  const ends = element(
    'select',
    { id: 'key-ends', class: 'input' },
    ENDS.map(([value, label]) => element('option', { value: String(value), selected: value === FIRST_END }, label)),
  );
  const complaint = element('p', { class: 'message error', role: 'alert', hidden: true });
  const submit = element('button', { type: 'submit', class: 'button primary' }, 'Create key');
  const say = (text) => {
    setText(complaint, text);
    complaint.hidden = false;
  };
  const send = async () => {
    const chosen = scopes.filter(({ input }) => input.checked).map(({ input }) => input.value);
    if (name.value.trim() === '') {
      say('Give it a name, to know it by later.');
      name.focus();
      return;
    }
    if (chosen.length === 0) {
      say('Choose what the key may do.');
      scopes[0].input.focus();
      return;
    }
    submit.disabled = true;
    complaint.hidden = true;
    try {
      await create({
        name: name.value.trim(),
        scopes: chosen,
        ...(limit.value && { monthlyLimit: Number(limit.value) }),
        ...(ends.value && { expiresInDays: Number(ends.value) }),
      });
    } catch (problem) {
      say(wordsOf(problem));
      submit.disabled = false;
    }
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
    element('div', { class: 'field' }, element('label', { for: name.id }, 'Name'), name),
    element(
      'fieldset',
      { class: 'choice key-scopes' },
      element('legend', {}, 'May'),
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
      element('div', { class: 'field' }, element('label', { for: limit.id }, 'Credits a month'), limit),
      element('div', { class: 'field' }, element('label', { for: ends.id }, 'Ends'), ends),
    ),
    complaint,
    element(
      'div',
      { class: 'sheet-buttons' },
      element('button', { type: 'button', class: 'button', onclick: cancel }, 'Cancel'),
      submit,
    ),
  );
}

// The words of the page are for orders; these are about a key.
function wordsOf(problem) {
  const { code, details = {} } = problem;
  if (code === 'content_policy') return 'This name is not accepted. Choose another one.';
  if (code === 'forbidden') return 'Keys are for accounts with an email address.';
  if (code === 'state_conflict' && details.limit)
    return `You have ${details.limit} keys, and more are not possible. Revoke one that you need no longer.`;
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
      setText(said, 'Copied.');
      copied();
    } catch {
      shown.select();
      setText(said, 'The browser does not allow copying: it is selected, copy it by hand.');
    }
  };
  return element(
    'div',
    { class: 'sheet-form' },
    element('p', { class: 'message warning' }, 'Copy it now: it is shown this once, and nobody can look it up later.'),
    element(
      'div',
      { class: 'field' },
      element('label', { for: shown.id }, 'Key'),
      element(
        'div',
        { class: 'project-row' },
        shown,
        element('button', { type: 'button', class: 'button', onclick: copy }, 'Copy'),
      ),
    ),
    said,
    element(
      'div',
      { class: 'sheet-buttons' },
      element('button', { type: 'button', class: 'button primary', onclick: done }, 'I have put it away'),
    ),
  );
}
