// The pictures of the library, side by side in rows. One of them is in the tab order, arrow keys go to the others.

import { element, icon } from '../base/dom.js';
import { selectionOf } from './selection.js';

// A finger that stays so long on a picture selects it.
const LONG_PRESS_MS = 500;

/**
 * `actions` has `open(asset)`, `save(asset)`, `remove([asset])` and `reload(asset)`, which resolves to the asset
 * with fresh URLs. `selected([assets])` is called when the selection is another one.
 */
export function wall(actions) {
  const node = element('ul', {
    class: 'wall',
    'aria-label': 'Pictures and videos',
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

  const update = (next) => {
    items = next;
    const wanted = new Set(items.map(({ id }) => id));
    const hadFocus = node.contains(document.activeElement);
    let lost = -1;
    for (const [id, tile] of tiles) {
      if (wanted.has(id)) continue;
      if (id === activeId) lost = [...node.children].indexOf(tile.node);
      tile.node.remove();
      tiles.delete(id);
    }
    items.forEach((asset, place) => {
      const tile = tiles.get(asset.id) ?? make(asset);
      tile.update(asset);
      if (node.children[place] !== tile.node) node.insertBefore(tile.node, node.children[place] ?? null);
    });
    if (lost >= 0 || !wanted.has(activeId))
      activate(items[Math.min(Math.max(lost, 0), items.length - 1)], hadFocus && lost >= 0);
    selection.prune();
  };

  const press = (event, asset) => {
    if (event.shiftKey) selection.extend(asset.id);
    else if (event.ctrlKey || event.metaKey || selection.size > 0) selection.toggle(asset.id);
    else actions.open(asset);
  };

  const activate = (asset, withFocus) => {
    tiles.get(activeId)?.setTabIndex(-1);
    activeId = asset?.id ?? null;
    const tile = tiles.get(activeId);
    tile?.setTabIndex(0);
    if (withFocus) tile?.button.focus();
  };

  const make = (first) => {
    let asset = first;
    let shownUrl = null;
    let canReload = true;
    let longPress;
    let wasLongPress = false;
    const image = element('img', { alt: '', loading: 'lazy', decoding: 'async' });
    const button = element(
      'button',
      {
        type: 'button',
        class: 'wall-open',
        tabindex: '-1',
        onclick: (event) => (wasLongPress ? event.preventDefault() : press(event, asset)),
        onpointerdown: ({ pointerType }) => {
          wasLongPress = false;
          if (pointerType !== 'touch') return;
          longPress = setTimeout(() => {
            wasLongPress = true;
            selection.toggle(asset.id);
          }, LONG_PRESS_MS);
        },
        onpointerup: () => clearTimeout(longPress),
        onpointercancel: () => clearTimeout(longPress),
        oncontextmenu: (event) => wasLongPress && event.preventDefault(),
        onfocus: () => activate(asset, false),
      },
      image,
    );
    const heart = element(
      'button',
      {
        type: 'button',
        class: 'button only-icon compact wall-save',
        tabindex: '-1',
        onclick: () => actions.save(asset),
      },
      icon('heart'),
    );
    const marks = element('span', { class: 'wall-marks', 'aria-hidden': 'true' });
    const check = element(
      'button',
      {
        type: 'button',
        class: 'button only-icon compact wall-check',
        tabindex: '-1',
        'aria-label': 'Select',
        title: 'Select',
        onclick: (event) => (event.shiftKey ? selection.extend(asset.id) : selection.toggle(asset.id)),
      },
      icon('check'),
    );
    const tile = element(
      'li',
      { class: 'tile working', dataset: { shape: asset.jobType.startsWith('sdxl') ? 'square' : 'portrait' } },
      button,
      marks,
      check,
      heart,
    );
    image.addEventListener('load', () => {
      image.classList.add('loaded');
      tile.classList.remove('working');
    });
    image.addEventListener('error', () => {
      if (canReload) {
        canReload = false;
        actions.reload(asset).then(
          (fresh) => show(fresh),
          () => tile.classList.remove('working'),
        );
      } else {
        tile.classList.remove('working');
      }
    });
    const show = ({ url, thumbnailUrl }) => {
      shownUrl = thumbnailUrl ?? url;
      image.src = shownUrl;
    };
    const made = {
      node: tile,
      button,
      setTabIndex(index) {
        button.tabIndex = heart.tabIndex = check.tabIndex = index;
      },
      mark() {
        const isSelected = selection.has(asset.id);
        tile.dataset.selected = check.dataset.on = isSelected;
        check.setAttribute('aria-pressed', String(isSelected));
      },
      update(next) {
        asset = next;
        tile.dataset.assetId = asset.id;
        // A signed URL differs with each answer; what is on the screen stays.
        if (shownUrl === null) show(asset);
        button.setAttribute(
          'aria-label',
          [
            asset.title,
            asset.kind === 'video' ? 'video' : '',
            asset.preferred ? 'preferred' : '',
            asset.saved ? 'saved' : '',
          ]
            .filter(Boolean)
            .join(', '),
        );
        heart.setAttribute('aria-label', asset.saved ? 'Remove from the library' : 'Save to the library');
        heart.title = heart.getAttribute('aria-label');
        heart.dataset.on = asset.saved;
        marks.replaceChildren(
          ...[asset.kind === 'video' && icon('play'), asset.preferred && icon('star')].filter(Boolean),
        );
      },
    };
    made.mark();
    tiles.set(asset.id, made);
    return made;
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
    const at = items.findIndex(({ id }) => id === activeId);
    const asset = items[at];
    if (!asset) return;
    const run = {
      ArrowLeft: () => activate(items[Math.max(at - 1, 0)], true),
      ArrowRight: () => activate(items[Math.min(at + 1, items.length - 1)], true),
      ArrowUp: () => activate(neighbour(at, -1), true),
      ArrowDown: () => activate(neighbour(at, 1), true),
      Home: () => activate(items[0], true),
      End: () => activate(items.at(-1), true),
      s: () => (selection.has(asset.id) ? actions.saveAll(chosen(asset)) : actions.save(asset)),
      Delete: () => actions.remove(chosen(asset)),
      ' ': () => selection.toggle(asset.id),
      Escape: () => selection.clear(),
    }[event.key];
    if (!run || (event.key === ' ' && !event.target.classList.contains('wall-open'))) return;
    event.preventDefault();
    const extends_ = event.shiftKey && event.key.startsWith('Arrow');
    if (extends_ && selection.size === 0) selection.toggle(asset.id);
    run();
    if (extends_) selection.extend(activeId);
  };

  // The one above or below: of the nearest row, that whose middle is nearest.
  const neighbour = (at, direction) => {
    const boxes = items.map((_, index) => node.children[index].getBoundingClientRect());
    const middle = ({ left, right }) => (left + right) / 2;
    const distance = (box) => (box.top - boxes[at].top) * direction;
    const rows = boxes.map(distance).filter((rowDistance) => rowDistance > 1);
    const nearest = Math.min(...rows);
    const inRow = boxes.flatMap((box, index) => (distance(box) > 1 && distance(box) - nearest < 1 ? [index] : []));
    const aside = (index) => Math.abs(middle(boxes[index]) - middle(boxes[at]));
    return items[inRow.sort((one, other) => aside(one) - aside(other))[0] ?? at];
  };

  return { node, update, clearSelection: () => selection.clear() };
}
