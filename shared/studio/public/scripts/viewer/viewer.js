// One picture or video, large, with the others a key press away and all that can be done with it beside it.

import { announce, showNoticesIn } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { details } from './details.js';

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
  const previous = button('previous', 'Previous', () => step(-1));
  const next = button('next', 'Next', () => step(1));

  let list = null;
  let at = 0;
  let current = null;

  const node = element(
    'dialog',
    { class: 'viewer', 'aria-label': 'Viewer', onkeydown: (event) => onKey(event), onclose: () => closed() },
    element(
      'div',
      { class: 'viewer-bar' },
      where,
      button('cancel', 'Close', () => node.close()),
    ),
    element('div', { class: 'viewer-stage' }, stage, previous, next),
    side.node,
  );

  const step = (by) => {
    const to = list.items[at + by];
    if (!to) return;
    current = to;
    show();
    announce(`${where.textContent}: ${current.title}`);
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
    setText(where, items.length > 1 ? `${at + 1} of ${items.length}${list.hasMore ? '+' : ''}` : '');
    previous.disabled = at === 0;
    next.disabled = at === items.length - 1;
    previous.hidden = next.hidden = items.length === 1;
    if (stage.dataset.shown !== current.id) {
      stage.dataset.shown = current.id;
      stage.replaceChildren(media(current));
    }
    side.update(current);
  };

  // A signed URL that has run out is replaced once.
  const media = (asset, canReload = true) => {
    const failed = async () => {
      const fresh = canReload ? await actions.reload(asset).catch(() => null) : null;
      if (stage.dataset.shown !== asset.id) return;
      stage.replaceChildren(
        fresh
          ? media(fresh, false)
          : element('p', { class: 'muted' }, 'This could not be loaded. Check the connection and open it again.'),
      );
    };
    const shown =
      asset.kind === 'video'
        ? element('video', {
            controls: true,
            loop: true,
            playsInline: true,
            autoplay: true,
            'aria-label': asset.title,
            onerror: failed,
          })
        : element('img', { alt: asset.title, onerror: failed });
    if (asset.kind === 'video' && asset.thumbnailUrl) shown.poster = asset.thumbnailUrl;
    shown.src = asset.url;
    return shown;
  };

  const onKey = (event) => {
    // A player and a text field have uses of their own for these keys.
    if (event.target.closest('input, textarea, video') || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = {
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      Delete: () => actions.remove([current]),
      s: () => actions.save(current),
    }[event.key];
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
    if (Math.abs(moved) > SWIPE_PX) step(moved > 0 ? -1 : 1);
  });

  const closed = () => {
    list?.removeEventListener('changed', show);
    list = null;
    // What is large or plays should not go on where nobody sees it.
    stage.replaceChildren();
    stage.dataset.shown = '';
    showNoticesIn();
    // What opened it may have been deleted meanwhile.
    if (document.activeElement === document.body) document.getElementById('main')?.focus({ preventScroll: true });
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
