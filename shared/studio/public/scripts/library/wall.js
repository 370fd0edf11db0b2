// The pictures of the library, side by side in rows. One of them is in the tab order, arrow keys go to the others. Only
// those in sight are in the page, so that ten thousand scroll like fifty.

import { element } from '../base/dom.js';
import { keyOf } from '../base/platform.js';
import { texts } from '../texts/library.js';
import { boxesOf, heightOf, neighbourOf, rangeIn } from './layout.js';
import { selectionOf } from './selection.js';
import { tileOf } from './tile.js';

// Rows are about as high as this part of the window is wide, within limits; on a phone two squares make a row.
const ROW = { part: 0.16, least: 144, most: 256 };
const NARROW = { below: 640, part: 0.4 };
const GAP = 8;
// What is so far above and below the window is there already when it is scrolled to; everything else is not in the page.
const AHEAD = 1_000;

/**
 * `actions` has `open(asset)`, `save(asset)`, `remove([asset])` and `reload(asset)`, which resolves to the asset
 * with fresh URLs. `selected([assets])` is called when the selection is another one.
 */
export function wall(actions) {
  const node = element('ul', {
    class: 'wall',
    'aria-label': texts.picturesAndVideos,
    onkeydown: (event) => onKey(event),
  });
  const tiles = new Map();
  let items = [];
  let activeId = null;
  const selection = selectionOf(
    () => items,
    (ids) => {
      node.dataset.selecting = ids.size > 0;
      for (const tile of tiles.values()) tile.mark();
      actions.selected(items.filter(({ id }) => ids.has(id)));
    },
  );

  let boxes = [];
  let places = new Map();

  const update = (next) => {
    const before = places.get(activeId) ?? 0;
    const hadFocus = node.contains(document.activeElement);
    items = next;
    places = new Map(items.map(({ id }, place) => [id, place]));
    arrange();
    if (!places.has(activeId)) activate(items[Math.min(before, items.length - 1)], hadFocus);
    selection.prune();
  };

  const arrange = () => {
    const width = node.clientWidth;
    if (width === 0) return;
    const target =
      width < NARROW.below ? width * NARROW.part : Math.min(Math.max(innerWidth * ROW.part, ROW.least), ROW.most);
    boxes = boxesOf(
      items.map(({ ratio }) => ratio),
      { width, target, gap: GAP },
    );
    node.style.height = `${heightOf(boxes)}px`;
    draw();
  };

  // Puts into the page what is in sight, in its order, and takes out the rest.
  const draw = () => {
    const { top } = node.getBoundingClientRect();
    const [first, last] = rangeIn(boxes, -top - AHEAD, innerHeight - top + AHEAD) ?? [0, -1];
    const active = places.get(activeId);
    const isShown = (place) => (place >= first && place <= last) || place === active;
    for (const [id, tile] of tiles) {
      if (places.has(id) && isShown(places.get(id))) continue;
      tile.node.remove();
      tiles.delete(id);
    }
    const shown = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    if (active !== undefined && (active < first || active > last)) shown.push(active);
    let before = null;
    for (const place of shown.sort((one, other) => other - one)) {
      const tile = tileAt(place);
      if (tile.node.nextSibling !== before || tile.node.parentNode !== node) node.insertBefore(tile.node, before);
      before = tile.node;
    }
  };

  const tileAt = (place) => {
    const asset = items[place];
    const tile = tiles.get(asset.id) ?? tileOf(asset, ofTiles);
    tiles.set(asset.id, tile);
    tile.setTabIndex(asset.id === activeId ? 0 : -1);
    // While somebody scrolls, most tiles stay what and where they are.
    const box = boxes[place];
    const isAsBefore = tile.asset === asset && tile.box === box;
    if (isAsBefore) return tile;
    Object.assign(tile, { asset, box });
    tile.update(asset);
    Object.assign(tile.node.style, {
      width: `${box.width}px`,
      height: `${box.height}px`,
      transform: `translate(${box.left}px, ${box.top}px)`,
    });
    tile.node.ariaPosInSet = String(place + 1);
    tile.node.ariaSetSize = String(items.length);
    return tile;
  };

  const press = (event, asset) => {
    if (event.shiftKey) selection.extend(asset.id);
    else if (event.ctrlKey || event.metaKey || selection.size > 0) selection.toggle(asset.id);
    else actions.open(asset);
  };

  const activate = (asset, withFocus) => {
    tiles.get(activeId)?.setTabIndex(-1);
    activeId = asset?.id ?? null;
    const box = boxes[places.get(activeId)];
    if (!box) return;
    draw();
    const tile = tiles.get(activeId);
    tile.setTabIndex(0);
    if (!withFocus) return;
    tile.node.scrollIntoView({ block: 'nearest' });
    tile.button.focus({ preventScroll: true });
  };

  const ofTiles = {
    ...actions,
    press,
    select: ({ shiftKey }, { id }) => (shiftKey ? selection.extend(id) : selection.toggle(id)),
    isSelected: ({ id }) => selection.has(id),
    focused: (asset) => asset.id === activeId || activate(asset, false),
  };

  const chosen = (asset) => (selection.has(asset.id) ? items.filter(({ id }) => selection.has(id)) : [asset]);

  const onKey = (event) => {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== 'a') return;
      event.preventDefault();
      selection.all();
      return;
    }
    const at = places.get(activeId) ?? -1;
    const asset = items[at];
    if (!asset) return;
    const run = {
      ArrowLeft: () => activate(items[Math.max(at - 1, 0)], true),
      ArrowRight: () => activate(items[Math.min(at + 1, items.length - 1)], true),
      ArrowUp: () => activate(items[neighbourOf(boxes, at, -1)], true),
      ArrowDown: () => activate(items[neighbourOf(boxes, at, 1)], true),
      Home: () => activate(items[0], true),
      End: () => activate(items.at(-1), true),
      s: () => (selection.has(asset.id) ? actions.saveAll(chosen(asset)) : actions.save(asset)),
      t: () => actions.tag(chosen(asset)),
      Delete: () => actions.remove(chosen(asset)),
      ' ': () => selection.toggle(asset.id),
      Escape: () => selection.clear(),
    }[keyOf(event)];
    if (!run || (event.key === ' ' && !event.target.classList.contains('wall-open'))) return;
    event.preventDefault();
    const extends_ = event.shiftKey && event.key.startsWith('Arrow');
    if (extends_ && selection.size === 0) selection.toggle(asset.id);
    run();
    if (extends_) selection.extend(activeId);
  };

  let waiting = false;
  const drawSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (node.clientWidth > 0) draw();
    });
  };
  const stopped = new AbortController();
  addEventListener('scroll', drawSoon, { passive: true, signal: stopped.signal });
  const watch = new ResizeObserver(arrange);
  watch.observe(node);

  return {
    node,
    update,
    clearSelection: () => selection.clear(),
    /** Gives the focus to the picture that is in the tab order. */
    focus: () => activate(items[places.get(activeId)], true),
    stop() {
      stopped.abort();
      watch.disconnect();
    },
  };
}
