// Which project an order belongs to: chosen, made and renamed in one line.

import { element, icon } from '../base/dom.js';
import { explain } from '../net/problem.js';
import { nameOf, startOf } from '../state/projects.js';
import { texts } from '../texts/composer.js';

const MAX_TITLE_CHARACTERS = 200;

/** `prompt` reads and writes the prompt: a project brings its own, but never in the place of another. Emits `change` on `node`. */
export function projectField(projects, prompt) {
  let chosen = '';
  const select = element('select', { class: 'input compact', id: 'project', name: 'project' });
  const tool = (name, label, run) =>
    element(
      'button',
      { type: 'button', class: 'button quiet only-icon compact', 'aria-label': label, title: label, onclick: run },
      icon(name),
    );
  const rename = tool('edit', texts.renameProject, () => edit(projects.get(chosen)));
  const create = tool('plus', texts.newProject, () => edit(null));
  const row = element('div', { class: 'project-row' }, select, rename, create);
  const title = element('input', {
    class: 'input compact',
    'aria-label': texts.projectName,
    placeholder: texts.projectName,
    maxLength: MAX_TITLE_CHARACTERS,
    autocomplete: 'off',
  });
  const complaint = element('p', { class: 'message error', role: 'alert', hidden: true });
  const button = (label, run) => element('button', { type: 'button', class: 'button compact', onclick: run }, label);
  const editor = element(
    'div',
    { class: 'project-row', hidden: true },
    title,
    button(texts.save, () => save()),
    button(texts.cancel, () => close(row)),
  );
  const node = element(
    'div',
    { class: 'field project-field' },
    element('label', { for: select.id, class: 'visually-hidden' }, texts.project),
    row,
    editor,
    complaint,
  );

  let edited = null;
  const edit = (project) => {
    edited = project;
    title.value = project ? nameOf(project) : '';
    close(editor);
    title.select();
  };
  const close = (shown) => {
    row.hidden = shown !== row;
    editor.hidden = shown !== editor;
    complaint.hidden = true;
    (shown === row ? select : title).focus();
  };
  const save = async () => {
    const wanted = title.value.trim();
    if (wanted === '') return;
    try {
      if (edited) await projects.rename(edited.id, wanted);
      else choose((await projects.create(wanted, prompt.read().trim())).id);
      close(row);
    } catch (problem) {
      complaint.textContent = explain(problem).what;
      complaint.hidden = false;
    }
  };
  // Within the form, Enter would order.
  editor.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') close(row);
    else if (event.target === title) save();
    else event.target.click();
  });

  const choose = (id) => {
    const written = prompt.read().trim();
    const isFree = written === '' || written === startOf(projects.get(chosen));
    chosen = id;
    const start = startOf(projects.get(id));
    if (isFree && start !== '') prompt.write(start);
    show();
    node.dispatchEvent(new Event('change', { bubbles: true }));
  };
  select.addEventListener('change', (event) => {
    event.stopPropagation();
    choose(select.value);
  });

  const show = () => {
    select.replaceChildren(
      element('option', { value: '' }, texts.noProject),
      ...projects.all.map((project) => element('option', { value: project.id }, nameOf(project))),
    );
    select.value = projects.get(chosen) ? chosen : '';
    rename.hidden = select.value === '';
  };
  projects.addEventListener('changed', show);
  show();

  return {
    node,
    get value() {
      return projects.get(chosen) ? chosen : undefined;
    },
    /** Chooses without touching the prompt, as a draft does that has one of its own. */
    set(id) {
      chosen = id ?? '';
      show();
    },
  };
}
