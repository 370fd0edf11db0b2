// One reference image: what it is taken for, how strongly, and, for a person, that they have agreed.

import { element, icon, setText } from '../base/dom.js';
import { percent } from '../base/format.js';
import { texts } from '../texts/composer.js';

/** What a reference can be taken for. */
export const TYPES = { style: texts.style, composition: texts.composition, character: texts.character };

const STRENGTH = 0.7;
let count = 0;

/**
 * `file`, or the `key` of one that is uploaded already. `free()` are the types that it can have, `changed()` is called
 * when it has another.
 */
export function referenceRow({
  file,
  key,
  type: firstType,
  strength: firstStrength = STRENGTH,
  free,
  changed,
  remove,
}) {
  count += 1;
  const id = `reference-${count}`;
  const address = file && URL.createObjectURL(file);
  // By type: an upload is for one, and going back to it needs no second one.
  const keys = new Map(key ? [[firstType, key]] : []);
  const options = Object.entries(TYPES).map(([value, label]) => element('option', { value }, label));
  const type = element('select', { class: 'input compact', id: `${id}-type`, 'aria-label': texts.takenFor }, options);
  type.value = firstType;
  const strength = element('input', {
    type: 'range',
    id: `${id}-strength`,
    min: '0.1',
    max: '1',
    step: '0.05',
    value: String(firstStrength),
  });
  const shown = element('output', { for: strength.id, class: 'small muted numbers' });
  const consent = element('input', { type: 'checkbox', id: `${id}-consent` });
  const agreed = element(
    'label',
    { class: 'check small', for: consent.id },
    consent,
    element('span', {}, texts.agreed),
  );
  const name = file?.name ?? texts.earlierReference;
  const node = element(
    'li',
    { class: 'reference' },
    address
      ? element('img', { src: address, alt: name })
      : element('span', { class: 'reference-blank', title: name }, icon('image')),
    element(
      'div',
      { class: 'reference-settings' },
      element(
        'div',
        { class: 'label-row' },
        type,
        element(
          'button',
          {
            type: 'button',
            class: 'button quiet only-icon compact',
            'aria-label': texts.removeOne(name),
            title: texts.remove,
            onclick: remove,
          },
          icon('cancel'),
        ),
      ),
      element(
        'div',
        { class: 'reference-strength' },
        element('label', { class: 'small', for: strength.id }, texts.strength),
        strength,
        shown,
      ),
    ),
    agreed,
  );

  type.addEventListener('change', changed);
  strength.addEventListener('input', () => update());

  const isAgreed = () => consent.checked || keys.has('character');
  function update() {
    const possible = free();
    for (const option of options) option.disabled = !possible.includes(option.value);
    agreed.hidden = type.value !== 'character' || keys.has('character');
    setText(shown, percent(strength.value));
    type.disabled = file === undefined;
  }

  return {
    node,
    update,
    get type() {
      return type.value;
    },
    get needsConsent() {
      return type.value === 'character' && !isAgreed();
    },
    askConsent: () => consent.focus(),
    release: () => address && URL.revokeObjectURL(address),
    /** A function that uploads the file if that has not been done, and gives what an order names: as it is chosen now. */
    take() {
      const chosen = type.value;
      const amount = Number(strength.value);
      return async (client) => {
        if (!keys.has(chosen)) {
          const consented = chosen === 'character' ? true : undefined;
          const uploaded = await client.references.upload(file, { type: chosen, consent: consented });
          keys.set(chosen, uploaded.key);
        }
        return { type: chosen, key: keys.get(chosen), strength: amount };
      };
    },
  };
}
