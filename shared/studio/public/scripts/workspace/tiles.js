// The pictures and the video of one job: a frame for each from the start, filled as they come.

import { element, setText } from '../base/dom.js';

const NOTES = { failed: 'Not made', canceled: 'Canceled' };

/**
 * `open(index)` shows a picture large, `reload()` gets new URLs. Signed URLs differ with each answer, so a
 * picture that is on the screen keeps the one it was loaded from.
 */
export function tiles({ open, reload }) {
  const node = element('ul', { class: 'tiles' });
  const frames = [];

  const update = (job) => {
    const count = Math.max(job.numImages, job.assets.length);
    node.dataset.count = count;
    node.dataset.shape = job.jobType.startsWith('sdxl') ? 'square' : 'portrait';
    node.setAttribute('aria-label', count === 1 ? 'Result' : `${count} results`);
    while (frames.length < count) frames.push(node.appendChild(element('li', { class: 'tile' })));
    while (frames.length > count) frames.pop().remove();
    frames.forEach((frame, index) => fill(frame, job, job.assets.find((asset) => asset.index === index), index));
  };

  const fill = (frame, job, asset, index) => {
    const shown = asset?.status === 'completed' && asset.url ? asset.id : '';
    if (shown === '') {
      placeholder(frame, asset?.status === 'completed' ? 'processing' : statusOf(job, asset));
    } else if (frame.dataset.shown !== shown) {
      frame.className = 'tile working';
      frame.replaceChildren(asset.kind === 'video' ? video(frame, job, asset) : picture(frame, job, asset, index));
    }
    frame.dataset.shown = shown;
  };

  const placeholder = (frame, status) => {
    frame.className = status === 'processing' || status === 'sending' ? 'tile working' : 'tile';
    const note = frame.querySelector('.tile-note') ?? element('span', { class: 'tile-note' });
    setText(note, NOTES[status] ?? '');
    if (note.parentNode !== frame) frame.replaceChildren(note);
  };

  const picture = (frame, job, asset, index) => {
    const image = element('img', { alt: `${index + 1} of ${job.numImages}: ${job.prompt}`, decoding: 'async' });
    image.addEventListener('load', () => {
      image.classList.add('loaded');
      frame.classList.remove('working');
    });
    whenExpired(frame, image);
    image.src = asset.url;
    return element('button', { type: 'button', onclick: () => open(index) }, image);
  };

  const video = (frame, job, asset) => {
    const player = element('video', { controls: true, loop: true, playsInline: true, preload: 'metadata', 'aria-label': job.prompt });
    if (asset.thumbnailUrl) player.poster = asset.thumbnailUrl;
    player.addEventListener('loadedmetadata', () => frame.classList.remove('working'));
    whenExpired(frame, player);
    player.src = asset.url;
    return player;
  };

  // A URL that has run out is replaced once; if that fails too, the frame says so.
  const whenExpired = (frame, media) => {
    media.addEventListener('error', () => {
      if (frame.dataset.retried) {
        frame.className = 'tile';
        frame.replaceChildren(element('span', { class: 'tile-note' }, 'Could not be loaded'));
        return;
      }
      frame.dataset.retried = 'yes';
      frame.dataset.shown = '';
      reload();
    }, { once: true });
  };

  return { node, update };
}

function statusOf(job, asset) {
  if (job.status === 'failed' || job.status === 'canceled') return job.status;
  // A job that is done and left this one out did not make it.
  if (job.status === 'completed') return 'failed';
  return asset?.status ?? job.status;
}
