// What the library shows: chosen here, kept in the address, so that a reload and the back button keep it.

import { element } from '../base/dom.js';
import { dayOf } from '../state/days.js';
import { NO_FILTERS } from '../state/library.js';
import { nameOf } from '../state/projects.js';

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

const ORDERS = [
  ['', 'Newest first'],
  ['oldest', 'Oldest first'],
];
const CHOSEN = 'chosen';
// Days before today that count as well.
const SPANS = [
  ['', 'Any time'],
  ['0', 'Today'],
  ['6', 'Last 7 days'],
  ['29', 'Last 30 days'],
  [CHOSEN, 'Choose days …'],
];

// A word is finished when nothing was typed for so long.
const TYPED_MS = 350;
const MAX_SEARCH_CHARACTERS = 100;

/** `change(filters)` is called with all filters when the person chose another one. */
export function filterBar(projects, change) {
  let current = NO_FILTERS;
  const choose = (name, value) => change({ ...current, [name]: value });
  const list = (name, label, options, onchange) =>
    element(
      'select',
      { class: 'input', name, 'aria-label': label, onchange },
      options.map(([value, text]) => element('option', { value }, text)),
    );
  const model = list('model', 'Model', MODELS, () => choose('model', model.value));
  const order = list('order', 'Order', ORDERS, () => choose('order', order.value));
  const days = dayFields((span) => change({ ...current, ...span }));
  const search = element('input', {
    type: 'search',
    class: 'input library-search',
    name: 'q',
    'aria-label': 'Search prompts and titles',
    placeholder: 'Search prompts and titles',
    maxLength: MAX_SEARCH_CHARACTERS,
    autocomplete: 'off',
  });
  let typing;
  const searchNow = () => {
    clearTimeout(typing);
    const wanted = search.value.trim();
    if (wanted !== current.q) choose('q', wanted);
  };
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(searchNow, TYPED_MS);
  });
  search.addEventListener('change', searchNow);
  const project = element('select', {
    class: 'input',
    name: 'project',
    'aria-label': 'Project',
    onchange: () => choose('project', project.value),
  });
  const showProjects = () => {
    project.replaceChildren(
      element('option', { value: '' }, 'Every project'),
      ...projects.all.map((each) => element('option', { value: each.id }, nameOf(each))),
    );
    project.value = current.project;
    project.hidden = projects.all.length === 0;
  };
  projects.addEventListener('changed', showProjects);
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
    node: element(
      'div',
      { class: 'filters', role: 'search', 'aria-label': 'Library' },
      search,
      segments,
      project,
      model,
      days.nodes,
      order,
    ),
    set(filters) {
      current = filters;
      model.value = filters.model;
      order.value = filters.order;
      days.set(filters);
      showProjects();
      // Not while somebody goes on typing.
      if (document.activeElement !== search) search.value = filters.q;
      for (const { input, name, value } of radios) input.checked = filters[name] === value;
    },
  };
}

/** When something was made: a span that ends today, or two days. `change({ from, to })`. */
function dayFields(change) {
  const span = element(
    'select',
    { class: 'input', name: 'span', 'aria-label': 'Made' },
    SPANS.map(([value, text]) => element('option', { value }, text)),
  );
  const field = (name, label) =>
    element('input', { type: 'date', class: 'input', name, 'aria-label': label, onchange: () => read() });
  const from = field('from', 'From');
  const to = field('to', 'To');
  const both = element('div', { class: 'day-fields', hidden: true }, from, to);
  // Who is about to choose days has not chosen any yet.
  let isChoosing = false;
  const read = () => {
    isChoosing = from.value === '' && to.value === '';
    change({ from: from.value, to: to.value });
  };
  span.addEventListener('change', () => {
    isChoosing = span.value === CHOSEN;
    both.hidden = !isChoosing;
    if (isChoosing) from.focus();
    else change({ from: span.value && dayOf(new Date(), Number(span.value)), to: '' });
  });
  return {
    nodes: [span, both],
    set(filters) {
      const known = SPANS.find(([ago]) => ago && ago !== CHOSEN && filters.from === dayOf(new Date(), Number(ago)));
      const isChosen = filters.to !== '' || (filters.from !== '' && !known);
      span.value = isChosen || isChoosing ? CHOSEN : (known?.[0] ?? '');
      both.hidden = span.value !== CHOSEN;
      from.value = filters.from;
      to.value = filters.to;
      from.max = to.value;
      to.min = from.value;
    },
  };
}
