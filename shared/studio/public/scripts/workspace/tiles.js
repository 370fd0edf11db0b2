// The pictures and the video of one job: a frame for each from the start, filled as they come.

import { element, icon, setText } from '../base/dom.js';
import { beginning } from '../base/format.js';
import { isReady } from '../state/asset.js';
import { isFinished } from '../state/job.js';
import { texts } from '../texts/workspace.js';

// As long as a picture takes to appear, which the stylesheet says, too.
const FADE_MS = 300;
const NOTES = { failed: texts.notMade, canceled: texts.canceled };

/**
 * `open(asset)` shows one large, `save(asset)` puts it into the library or takes it out, `reload()` gets new URLs.
 * Signed URLs differ with each answer, so a picture that is on the screen keeps the one it was loaded from.
 */
export function tiles({ open, save, reload }) {
  const node = element('ul', { class: 'tiles' });
  // By place in the batch: one that was deleted leaves no empty frame behind.
  const frames = new Map();

  const update = (job) => {
    const places = placesOf(job);
    node.dataset.count = places.length;
    node.setAttribute('aria-label', places.length === 1 ? texts.result : texts.results(places.length));
    for (const [place, frame] of frames) {
      if (places.includes(place)) continue;
      frame.node.remove();
      frames.delete(place);
    }
    places.forEach((place, order) => {
      const known = frames.get(place) ?? makeFrame({ open, save, reload });
      frames.set(place, known);
      if (node.children[order] !== known.node) node.insertBefore(known.node, node.children[order] ?? null);
      known.update(
        job,
        job.assets.find((asset) => asset.index === place),
        place,
      );
    });
  };

  return { node, update };
}

// While it is made, a frame for each that was ordered; then for what there is.
function placesOf(job) {
  if (isFinished(job) && job.assets.length > 0) return job.assets.map(({ index }) => index);
  return Array.from({ length: Math.max(job.numImages, job.assets.length) }, (_, index) => index);
}

function makeFrame({ open, save, reload }) {
  const node = element('li', { class: 'tile' });
  const heart = element(
    'button',
    { type: 'button', class: 'button only-icon compact tile-save', onclick: () => save(asset) },
    icon('heart'),
  );
  const enlarge = element(
    'button',
    {
      type: 'button',
      class: 'button only-icon compact',
      title: texts.openLarge,
      onclick: () => open(asset),
    },
    icon('enlarge'),
  );
  const star = element('span', { class: 'tile-star', title: texts.preferred }, icon('star'));
  const tools = element('div', { class: 'tile-tools' }, enlarge, star, heart);
  // What it looks like so far; it stays until the picture itself can be seen.
  const soFar = element('img', { class: 'step-preview' });
  let asset;
  let wasRetried = false;

  const update = (job, next, place) => {
    asset = next;
    const shown = asset && isReady(asset) ? asset.id : '';
    if (shown === '') {
      const status = asset?.status === 'completed' ? 'processing' : statusOf(job, asset);
      placeholder(status);
      preview(job, place, status);
    } else if (node.dataset.shown !== shown) fill(job, place);
    node.dataset.shown = shown;
    if (shown !== '') mark(texts.pictureOf(place + 1, job.numImages, beginning(job.prompt)));
  };

  const fill = (job, place) => {
    node.className = 'tile working';
    const seen = asset.kind === 'image' && soFar.parentNode === node ? [soFar] : [];
    node.replaceChildren(...seen, asset.kind === 'video' ? video(job) : picture(job, place), tools);
  };

  const preview = (job, place, status) => {
    if (job.status !== 'processing' || status in NOTES) {
      soFar.remove();
      return;
    }
    const url = job.stepPreviews[place];
    if (url === undefined) return;
    if (soFar.src !== url) soFar.src = url;
    soFar.alt = texts.previewOf(texts.pictureOf(place + 1, job.numImages, beginning(job.prompt)));
    if (soFar.parentNode !== node) node.prepend(soFar);
  };

  const mark = (which) => {
    heart.dataset.on = asset.saved;
    heart.title = asset.saved ? texts.remove : texts.save;
    heart.ariaLabel = `${heart.title}, ${which}`;
    star.hidden = !asset.preferred;
    enlarge.ariaLabel = texts.openLargeOf(which);
    enlarge.hidden = asset.kind !== 'video';
  };

  const placeholder = (status) => {
    node.className = status === 'processing' || status === 'sending' ? 'tile working' : 'tile';
    const note = node.querySelector('.tile-note') ?? element('span', { class: 'tile-note' });
    setText(note, NOTES[status] ?? '');
    const isAlone = [...node.children].every((child) => child === note || child === soFar);
    if (note.parentNode !== node || !isAlone) node.replaceChildren(note);
  };

  const picture = (job, place) => {
    const image = element('img', { alt: texts.pictureOf(place + 1, job.numImages, job.prompt), decoding: 'async' });
    image.addEventListener('load', () => {
      image.classList.add('loaded');
      node.classList.remove('working');
      setTimeout(() => soFar.remove(), FADE_MS);
    });
    whenExpired(image);
    // Small frames are filled with small pictures; the viewer shows the whole one.
    image.src = job.numImages > 1 ? (asset.thumbnailUrl ?? asset.url) : asset.url;
    return element('button', { type: 'button', class: 'tile-open', onclick: () => open(asset) }, image);
  };

  const video = (job) => {
    const player = element('video', {
      controls: true,
      loop: true,
      playsInline: true,
      preload: 'metadata',
      'aria-label': texts.video(job.prompt),
    });
    if (asset.thumbnailUrl) player.poster = asset.thumbnailUrl;
    player.addEventListener('loadedmetadata', () => node.classList.remove('working'));
    whenExpired(player);
    player.src = asset.url;
    return player;
  };

  // A URL that has run out is replaced once; if that fails too, the frame says so.
  const whenExpired = (media) => {
    media.addEventListener(
      'error',
      () => {
        if (wasRetried) {
          node.className = 'tile';
          node.replaceChildren(element('span', { class: 'tile-note' }, texts.notLoaded));
          return;
        }
        wasRetried = true;
        node.dataset.shown = '';
        reload();
      },
      { once: true },
    );
  };

  return { node, update };
}

function statusOf(job, asset) {
  if (job.status === 'failed' || job.status === 'canceled') return job.status;
  // A job that is done and left this one out did not make it.
  if (job.status === 'completed') return 'failed';
  return asset?.status ?? job.status;
}
