// What there is to know about an asset, and to do with it.

import { element, icon, setText } from '../base/dom.js';
import { moment } from '../base/format.js';
import { title as nameOf } from '../state/job.js';

const MAX_TITLE_CHARACTERS = 200;

/**
 * `actions` has `save`, `prefer`, `download`, `reuse` and `reference`, each taking the asset, `remove` taking a list of
 * them, `rename(asset, title)`, `copySeed(seed)`, and `promptOf(asset)`, which resolves to the prompt that it was made from.
 */
export function details(actions) {
  let asset = null;
  const title = element('input', {
    class: 'input',
    id: 'asset-title',
    name: 'title',
    maxLength: MAX_TITLE_CHARACTERS,
    autocomplete: 'off',
  });
  const prompt = element('p', { class: 'viewer-prompt' });
  const facts = element('dl', { class: 'figures numbers' });
  const button = (name, label, run) => {
    const text = element('span', {}, label);
    return {
      node: element(
        'button',
        { type: 'button', class: 'button', dataset: { action: name }, onclick: () => run(asset) },
        icon(ICONS[name]),
        text,
      ),
      text,
    };
  };
  const save = button('save', 'Save to library', actions.save);
  const prefer = button('prefer', 'Prefer', actions.prefer);
  const reference = button('reference', 'As reference', actions.reference);
  const copy = button('copy', 'Copy seed', () => actions.copySeed(asset.seed));
  const remove = button('remove', 'Delete', () => actions.remove([asset]));
  const all = [
    save,
    prefer,
    button('download', 'Download', actions.download),
    button('reuse', 'Reuse settings', actions.reuse),
    reference,
    copy,
    remove,
  ];

  const rename = () => {
    const wanted = title.value.trim();
    if (wanted === '') title.value = asset.title;
    else if (wanted !== asset.title) actions.rename(asset, wanted);
  };
  title.addEventListener('change', rename);
  title.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') title.blur();
    // Escape takes the text back; the next one closes the viewer.
    if (event.key === 'Escape' && title.value !== asset.title) {
      event.preventDefault();
      event.stopPropagation();
      title.value = asset.title;
    }
  });

  const node = element(
    'div',
    { class: 'viewer-details' },
    element('div', { class: 'field' }, element('label', { for: title.id }, 'Title'), title),
    element(
      'div',
      { class: 'viewer-actions' },
      all.map((each) => each.node),
    ),
    facts,
    // Last, because it can be long.
    prompt,
  );

  const showPrompt = async (of) => {
    const known = of.prompt ?? (await actions.promptOf(of).catch(() => null));
    if (asset?.id !== of.id) return;
    prompt.hidden = known === null;
    setText(prompt, known ?? '');
  };

  return {
    node,
    update(next) {
      const isOther = asset?.id !== next.id;
      asset = next;
      if (isOther || document.activeElement !== title) title.value = asset.title;
      if (isOther) {
        prompt.hidden = true;
        showPrompt(asset);
      }
      facts.replaceChildren(
        ...fact('Made by', nameOf(asset.jobType)),
        ...fact('Made on', moment(asset.createdAt)),
        ...(asset.seed === null ? [] : fact('Seed', String(asset.seed))),
      );
      press(save, asset.saved, 'In the library', 'Save to library');
      press(prefer, asset.preferred, 'Preferred', 'Prefer');
      prefer.node.hidden = reference.node.hidden = asset.kind === 'video';
      copy.node.hidden = asset.seed === null;
    },
  };
}

const ICONS = {
  save: 'heart',
  prefer: 'star',
  download: 'download',
  reuse: 'edit',
  reference: 'image',
  copy: 'copy',
  remove: 'trash',
};

function press({ node, text }, isOn, on, off) {
  node.dataset.on = isOn;
  setText(text, isOn ? on : off);
}

function fact(name, value) {
  return [element('div', {}, element('dt', {}, name), element('dd', {}, value))];
}
