// What the library shows: chosen here, kept in the address, so that a reload and the back button keep it.

import { element } from '../base/dom.js';
import { NO_FILTERS } from '../state/library.js';

const CHOICES = {
  saved: {
    legend: 'Which',
    options: [
      ['true', 'Saved'],
      ['', 'Everything'],
    ],
  },
  kind: {
    legend: 'Kind',
    options: [
      ['', 'All'],
      ['image', 'Pictures'],
      ['video', 'Videos'],
    ],
  },
};
const MODELS = [
  ['', 'Every model'],
  ['sdxl', 'SDXL'],
  ['wan', 'WAN 2.1'],
  ['wan-enhanced', 'WAN 2.1, rewritten prompt'],
];

/** `change(filters)` is called with all filters when the person chose another one. */
export function filterBar(change) {
  let current = NO_FILTERS;
  const choose = (name, value) => change({ ...current, [name]: value });
  const model = element(
    'select',
    { class: 'input', name: 'model', 'aria-label': 'Model', onchange: () => choose('model', model.value) },
    MODELS.map(([value, label]) => element('option', { value }, label)),
  );
  const radios = [];
  const segments = Object.entries(CHOICES).map(([name, { legend, options }]) =>
    element(
      'fieldset',
      { class: 'choice' },
      element('legend', { class: 'visually-hidden' }, legend),
      element(
        'div',
        { class: 'segments' },
        options.map(([value, label]) => {
          const input = element('input', {
            type: 'radio',
            name: `filter-${name}`,
            value,
            onchange: () => choose(name, value),
          });
          radios.push({ input, name, value });
          return element('label', { class: 'segment' }, input, element('span', {}, label));
        }),
      ),
    ),
  );

  return {
    node: element('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' }, segments, model),
    set(filters) {
      current = filters;
      model.value = filters.model;
      for (const { input, name, value } of radios) input.checked = filters[name] === value;
    },
  };
}
