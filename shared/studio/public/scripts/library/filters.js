// What the library shows: chosen here, kept in the address, so that a reload and the back button keep it.

import { element } from '../base/dom.js';
import { dayOf } from '../state/days.js';
import { NO_FILTERS } from '../state/library.js';
import { nameOf } from '../state/projects.js';
import { texts } from '../texts/library.js';

const CHOICES = {
  saved: {
    legend: texts.which,
    options: [
      ['true', texts.saved],
      ['', texts.everything],
    ],
  },
  kind: {
    legend: texts.kind,
    options: [
      ['', texts.all],
      ['image', texts.pictures],
      ['video', texts.videos],
    ],
  },
};
const MODELS = [
  ['', texts.everyModel],
  ['sdxl', 'SDXL'],
  ['wan', 'WAN 2.1'],
  ['wan-enhanced', texts.wanRewritten],
];

const ORDERS = [
  ['', texts.newestFirst],
  ['oldest', texts.oldestFirst],
];
const CHOSEN = 'chosen';
// Days before today that count as well.
const SPANS = [
  ['', texts.anyTime],
  ['0', texts.today],
  ['6', texts.last7Days],
  ['29', texts.last30Days],
  [CHOSEN, texts.chooseDays],
];

// A word is finished when nothing was typed for so long.
const TYPED_MS = 350;
const MAX_SEARCH_CHARACTERS = 100;

/** `change(filters)` is called with all filters when the person chose another one. */
export function filterBar({ projects, tags }, change) {
  let current = NO_FILTERS;
  const choose = (name, value) => change({ ...current, [name]: value });
  const list = (name, label, options, onchange) =>
    element(
      'select',
      { class: 'input', name, 'aria-label': label, onchange },
      options.map(([value, text]) => element('option', { value }, text)),
    );
  const model = list('model', texts.model, MODELS, () => choose('model', model.value));
  const order = list('order', texts.order, ORDERS, () => choose('order', order.value));
  const days = dayFields((span) => change({ ...current, ...span }));
  const search = element('input', {
    type: 'search',
    class: 'input library-search',
    name: 'q',
    'aria-label': texts.search,
    placeholder: texts.search,
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
    'aria-label': texts.project,
    onchange: () => choose('project', project.value),
  });
  const showProjects = () => {
    project.replaceChildren(
      element('option', { value: '' }, texts.everyProject),
      ...projects.all.map((each) => element('option', { value: each.id }, nameOf(each))),
    );
    project.value = current.project;
    project.hidden = projects.all.length === 0;
  };
  projects.addEventListener('changed', showProjects);
  const tag = element('select', {
    class: 'input',
    name: 'tag',
    'aria-label': texts.tag,
    onchange: () => choose('tag', tag.value),
  });
  const showTags = () => {
    // One of an old address may be on nothing any more.
    const all = [...new Set([...tags.all, current.tag])].filter((each) => each !== '');
    tag.replaceChildren(
      element('option', { value: '' }, texts.everyTag),
      ...all.map((each) => element('option', { value: each }, each)),
    );
    tag.value = current.tag;
    tag.hidden = all.length === 0;
  };
  tags.addEventListener('changed', showTags);
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
      { class: 'filters', role: 'search', 'aria-label': texts.library },
      search,
      segments,
      project,
      tag,
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
      showTags();
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
    { class: 'input', name: 'span', 'aria-label': texts.made },
    SPANS.map(([value, text]) => element('option', { value }, text)),
  );
  const field = (name, label) =>
    element('input', { type: 'date', class: 'input', name, 'aria-label': label, onchange: () => read() });
  const from = field('from', texts.from);
  const to = field('to', texts.to);
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
