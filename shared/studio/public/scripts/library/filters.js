// What the library shows: chosen here, kept in the address, so that a reload and the back button keep it.

import { element } from '../base/dom.js';
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

// A word is finished when nothing was typed for so long.
const TYPED_MS = 350;
const MAX_SEARCH_CHARACTERS = 100;

/** `change(filters)` is called with all filters when the person chose another one. */
export function filterBar(projects, change) {
  let current = NO_FILTERS;
  const choose = (name, value) => change({ ...current, [name]: value });
  const model = element(
    'select',
    { class: 'input', name: 'model', 'aria-label': 'Model', onchange: () => choose('model', model.value) },
    MODELS.map(([value, label]) => element('option', { value }, label)),
  );
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
    ),
    set(filters) {
      current = filters;
      model.value = filters.model;
      showProjects();
      // Not while somebody goes on typing.
      if (document.activeElement !== search) search.value = filters.q;
      for (const { input, name, value } of radios) input.checked = filters[name] === value;
    },
  };
}
