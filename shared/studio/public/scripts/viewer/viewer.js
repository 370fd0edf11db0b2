// One picture of a job, large, with the others a key press away.

import { element, icon, setText } from '../base/dom.js';

/** `download(asset)` saves a picture; `copied(text)` is called after a seed was copied. */
export function lightbox({ download, copied }) {
  const image = element('img');
  const where = element('p', { class: 'numbers' });
  const caption = element('p', { class: 'lightbox-caption' });
  const button = (name, label, run) =>
    element('button', { type: 'button', class: 'button only-icon', 'aria-label': label, title: label, onclick: run }, icon(name));
  const previous = button('previous', 'Previous picture', () => step(-1));
  const next = button('next', 'Next picture', () => step(1));
  const copy = element('button', { type: 'button', class: 'button', onclick: () => copySeed() }, icon('copy'), 'Copy seed');
  let shown = [];
  let at = 0;
  let seed = null;

  const node = element(
    'dialog',
    {
      class: 'lightbox',
      'aria-label': 'Picture',
      onkeydown: (event) => {
        if (event.key === 'ArrowLeft') step(-1);
        if (event.key === 'ArrowRight') step(1);
      },
      // The picture is large: it should not be kept while nobody looks at it.
      onclose: () => image.removeAttribute('src'),
    },
    element(
      'div',
      { class: 'lightbox-bar' },
      where,
      copy,
      button('download', 'Download', () => download(shown[at])),
      button('cancel', 'Close', () => node.close()),
    ),
    element('div', { class: 'lightbox-stage' }, previous, image, next),
    caption,
  );

  const step = (by) => {
    const to = at + by;
    if (to < 0 || to >= shown.length) return;
    at = to;
    show();
  };

  const show = () => {
    const asset = shown[at];
    image.src = asset.url;
    image.alt = caption.textContent;
    setText(where, shown.length > 1 ? `${at + 1} of ${shown.length}` : '');
    previous.disabled = at === 0;
    next.disabled = at === shown.length - 1;
  };

  const copySeed = async () => {
    await navigator.clipboard.writeText(String(seed)).then(() => copied(seed), () => {});
  };

  return {
    node,
    open(job, index) {
      shown = job.assets.filter((asset) => asset.url && asset.kind === 'image');
      seed = job.seed;
      copy.hidden = seed === null;
      at = Math.max(0, shown.findIndex((asset) => asset.index === index));
      setText(caption, job.prompt);
      show();
      node.showModal();
    },
  };
}
