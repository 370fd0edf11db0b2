// What there is to know about an asset, and to do with it.

import { element, icon, setText } from '../base/dom.js';
import { duration, fileSize, moment } from '../base/format.js';
import { title as nameOf } from '../state/job.js';
import { texts } from '../texts/viewer.js';

const MAX_TITLE_CHARACTERS = 200;

/**
 * `actions` has `save`, `prefer`, `download`, `reuse`, `vary` and `reference`, each taking the asset, `remove` and `tag`
 * taking a list of them, `rename(asset, title)`, `copySeed(seed)`, `copy(what, text)`, and `promptOf(asset)`, which resolves to the prompt that it was made from.
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
  const save = button('save', texts.saveToLibrary, actions.save);
  const prefer = button('prefer', texts.prefer, actions.prefer);
  const vary = button('vary', texts.vary, actions.vary);
  const reference = button('reference', texts.asReference, actions.reference);
  const copy = button('copy', texts.copySeed, () => actions.copySeed(asset.seed));
  const copyAll = button('copy', texts.copyDetails, () =>
    actions.copy(texts.details, asText(asset, prompt.textContent)),
  );
  const tag = button('tag', texts.tags, () => actions.tag([asset]));
  const remove = button('remove', texts.delete, () => actions.remove([asset]));
  const all = [
    save,
    prefer,
    tag,
    button('download', texts.download, actions.download),
    button('reuse', texts.reuseSettings, actions.reuse),
    vary,
    reference,
    copy,
    copyAll,
    remove,
  ];

  const rename = () => {
    const wanted = title.value.trim();
    if (wanted === '') title.value = asset.title;
    else if (wanted !== asset.title) actions.rename(asset, wanted);
  };
  title.addEventListener('change', rename);
  title.addEventListener('keydown', (event) => {
    // Back to where keys mean something else than letters.
    if (event.key === 'Enter') title.closest('dialog').focus();
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
    element('div', { class: 'field' }, element('label', { for: title.id }, texts.title), title),
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
      facts.replaceChildren(...factsOf(asset).flatMap(([name, value]) => fact(name, value)));
      press(save, asset.saved, texts.inLibrary, texts.saveToLibrary);
      press(prefer, asset.preferred, texts.preferred, texts.prefer);
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
  vary: 'dice',
  reference: 'image',
  copy: 'copy',
  remove: 'trash',
  tag: 'tag',
};

// As it goes into a message or a note.
function asText(asset, prompt) {
  return [prompt, ...factsOf(asset).map(([name, value]) => `${name}: ${value}`)].filter(Boolean).join('\n');
}

function press({ node, text }, isOn, on, off) {
  node.dataset.on = isOn;
  setText(text, isOn ? on : off);
}

function factsOf({ tags, jobType, createdAt, metadata, seed }) {
  const { width, height, bytes, steps, fps, duration_seconds: seconds } = metadata;
  return [
    [texts.tags, tags.length > 0 ? tags.join(', ') : null],
    [texts.madeBy, nameOf(jobType)],
    // As the file itself says, for whoever sees only the page.
    [texts.origin, texts.aiGenerated],
    [texts.madeOn, moment(createdAt)],
    [texts.size, width && height ? `${width} × ${height}` : null],
    [texts.length, seconds ? texts.lengthOf(duration(seconds), fps) : null],
    [texts.file, bytes ? fileSize(bytes) : null],
    [texts.steps, steps ? String(steps) : null],
    [texts.seed, seed === null ? null : String(seed)],
  ].filter(([, value]) => value !== null);
}

function fact(name, value) {
  return [element('div', {}, element('dt', {}, name), element('dd', {}, value))];
}
