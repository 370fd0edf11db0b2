// One picture or video, large, with the others a key press away and all that can be done with it beside it.

import { announce, showNoticesIn } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { rest } from '../base/focus.js';
import { keyOf } from '../base/platform.js';
import { calledBy } from '../state/names.js';
import { texts } from '../texts/viewer.js';
import { comparison } from './compare.js';
import { details } from './details.js';
import { zoomable } from './zoom.js';

// A finger that moves less than this was not meant to turn the page.
const SWIPE_PX = 50;
// The next page of a long list is asked for when so few are left.
const FEW_LEFT = 4;

/**
 * `open(list, id)` shows the asset with this id among `list.items`. `list` emits `changed` as an
 * EventTarget does; a long one has `hasMore` and `loadMore()`. `actions` are those of `details`, and `reload(asset)`,
 * which resolves to the asset with a fresh URL.
 */
export function viewer(actions) {
  const where = element('p', { class: 'numbers' });
  const stage = element('div', { class: 'viewer-media' });
  const side = details(actions);
  const button = (name, label, run) =>
    element(
      'button',
      { type: 'button', class: 'button only-icon', 'aria-label': label, title: label, onclick: run },
      icon(name),
    );
  const previous = button('previous', texts.previous, () => step(-1));
  const next = button('next', texts.next, () => step(1));
  const smaller = button('minus', texts.smaller, () => zoom?.by(-1));
  const larger = button('plus', texts.larger, () => zoom?.by(1));
  const compare = button('compare', texts.compare, () => toggleComparison());
  const closer = button('cancel', texts.close, () => node.close());
  closer.autofocus = true;
  const full = button('enlarge', texts.fullScreen, () => toggleFullScreen());
  full.hidden = !document.fullscreenEnabled;
  let zoom = null;
  let isComparing = false;

  let list = null;
  let at = 0;
  let current = null;

  const node = element(
    'dialog',
    {
      class: 'viewer',
      tabindex: '-1',
      'aria-label': texts.viewer,
      onkeydown: (event) => onKey(event),
      onclose: () => closed(),
    },
    element(
      'div',
      { class: 'viewer-bar' },
      where,
      element('span', { class: 'viewer-tools' }, compare, smaller, larger, full, closer),
    ),
    element('div', { class: 'viewer-stage' }, stage, previous, next),
    side.node,
  );

  const step = (by) => {
    const to = list.items[at + by];
    if (!to) return;
    current = to;
    show();
    announce(`${where.textContent}: ${calledBy(current)}`);
    if (list.hasMore && list.items.length - at <= FEW_LEFT) list.loadMore().catch(() => {});
  };

  const show = () => {
    const { items } = list;
    const place = items.findIndex(({ id }) => id === current.id);
    // What was deleted makes room for its neighbour.
    if (place < 0 && items.length === 0) {
      node.close();
      return;
    }
    at = place < 0 ? Math.min(at, items.length - 1) : place;
    current = items[at];
    setText(where, items.length > 1 ? texts.placeOf(at + 1, items.length, list.hasMore ? '+' : '') : '');
    rest(previous, at === 0);
    rest(next, at === items.length - 1);
    previous.hidden = next.hidden = items.length === 1;
    const other = isComparing ? partnerOf(current) : null;
    compare.hidden = partnerOf(current) === null;
    compare.setAttribute('aria-pressed', String(other !== null));
    const shown = [current.id, other?.id].join();
    if (stage.dataset.shown !== shown) {
      stage.dataset.shown = shown;
      fillStage(other);
    }
    side.update(current);
  };

  const fillStage = (other) => {
    zoom?.stop();
    zoom = null;
    const node = other ? comparison(current, other) : media(current);
    stage.replaceChildren(node);
    if (!other && current.kind === 'image') zoom = zoomable(stage, node, showZoom);
    showZoom();
  };
  const showZoom = () => {
    smaller.hidden = larger.hidden = zoom === null;
    rest(smaller, !zoom?.isLarge);
  };
  // The picture beside it: the next, or else the one before.
  const partnerOf = (asset) => {
    const place = list.items.findIndex(({ id }) => id === asset.id);
    const beside = [list.items[place + 1], list.items[place - 1]];
    return (asset.kind === 'image' && beside.find((each) => each?.kind === 'image')) || null;
  };
  const toggleComparison = () => {
    isComparing = !isComparing;
    show();
  };
  const toggleFullScreen = () =>
    document.fullscreenElement ? document.exitFullscreen() : node.requestFullscreen().catch(() => {});

  // A signed URL that has run out is replaced once.
  const media = (asset, canReload = true) => {
    const failed = async () => {
      const fresh = canReload ? await actions.reload(asset).catch(() => null) : null;
      if (!stage.dataset.shown.startsWith(asset.id)) return;
      stage.replaceChildren(fresh ? media(fresh, false) : element('p', { class: 'muted' }, texts.notLoaded));
    };
    const shown =
      asset.kind === 'video'
        ? element('video', {
            controls: true,
            loop: true,
            playsInline: true,
            autoplay: true,
            'aria-label': calledBy(asset),
            onerror: failed,
          })
        : element('img', { alt: calledBy(asset), onerror: failed });
    if (asset.kind === 'video' && asset.thumbnailUrl) shown.poster = asset.thumbnailUrl;
    shown.src = asset.url;
    return shown;
  };

  // Of a picture that is larger than its frame, the arrows show what is further on.
  const move = (x, y) => {
    if (!zoom?.isLarge) return false;
    zoom.move(x, y);
    return true;
  };
  const onKey = (event) => {
    // A player, a slider and a text field have uses of their own for these keys.
    const hasUse =
      event.target.type === 'range' ? event.key.startsWith('Arrow') : event.target.closest('input, video') !== null;
    if (hasUse || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = {
      ArrowLeft: () => move(-1, 0) || step(-1),
      ArrowRight: () => move(1, 0) || step(1),
      ArrowUp: () => move(0, -1),
      ArrowDown: () => move(0, 1),
      Delete: () => actions.remove([current]),
      s: () => actions.save(current),
      t: () => actions.tag([current]),
      '+': () => zoom?.by(1),
      '-': () => zoom?.by(-1),
      0: () => zoom?.reset(),
      c: () => compare.hidden || toggleComparison(),
      f: () => full.hidden || toggleFullScreen(),
    }[keyOf(event)];
    if (!run) return;
    event.preventDefault();
    run();
  };

  let touchX = null;
  stage.addEventListener(
    'touchstart',
    ({ touches }) => {
      touchX = touches.length === 1 ? touches[0].clientX : null;
    },
    { passive: true },
  );
  stage.addEventListener('touchend', ({ changedTouches }) => {
    const moved = touchX === null ? 0 : changedTouches[0].clientX - touchX;
    if (Math.abs(moved) > SWIPE_PX && !zoom?.isLarge && !isComparing) step(moved > 0 ? -1 : 1);
  });

  const closed = () => {
    list?.removeEventListener('changed', show);
    list = null;
    isComparing = false;
    zoom?.stop();
    zoom = null;
    // What is large or plays should not go on where nobody sees it.
    stage.replaceChildren();
    stage.dataset.shown = '';
    showNoticesIn();
  };

  return {
    node,
    close: () => node.close(),
    open(items, id) {
      list = items;
      current = list.items.find((asset) => asset.id === id) ?? list.items[0];
      if (!current) return;
      list.addEventListener('changed', show);
      show();
      showNoticesIn(node);
      node.showModal();
    },
  };
}
