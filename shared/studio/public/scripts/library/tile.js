// One picture of the library: to open, to select, to save.

import { element, icon } from '../base/dom.js';
import { spokenName } from '../state/names.js';
import { texts } from '../texts/library.js';

// A finger that stays so long on a picture selects it.
const LONG_PRESS_MS = 500;

/**
 * The list item of an asset. `actions` are those of the wall, with `press(event, asset)`, `select(event, asset)`,
 * `isSelected(asset)` and `focused(asset)`.
 */
export function tileOf(first, actions) {
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
      onclick: (event) => (wasLongPress ? event.preventDefault() : actions.press(event, asset)),
      onpointerdown: ({ pointerType }) => {
        wasLongPress = false;
        if (pointerType !== 'touch') return;
        longPress = setTimeout(() => {
          wasLongPress = true;
          actions.select({}, asset);
        }, LONG_PRESS_MS);
      },
      onpointerup: () => clearTimeout(longPress),
      onpointercancel: () => clearTimeout(longPress),
      oncontextmenu: (event) => wasLongPress && event.preventDefault(),
      onfocus: () => actions.focused(asset),
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
      title: texts.select,
      onclick: (event) => actions.select(event, asset),
    },
    icon('check'),
  );
  const tile = element('li', { class: 'tile working' }, button, marks, check, heart);
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
      const isSelected = actions.isSelected(asset);
      tile.dataset.selected = check.dataset.on = isSelected;
      check.setAttribute('aria-pressed', String(isSelected));
    },
    update(next) {
      asset = next;
      tile.dataset.assetId = asset.id;
      // A signed URL differs with each answer; what is on the screen stays.
      if (shownUrl === null) show(asset);
      const name = spokenName(asset);
      button.ariaLabel = [name, asset.preferred && 'preferred', asset.saved && 'saved'].filter(Boolean).join(', ');
      check.ariaLabel = texts.selectOne(name);
      heart.title = asset.saved ? texts.remove : texts.saveToLibrary;
      heart.ariaLabel = `${heart.title}: ${name}`;
      heart.dataset.on = asset.saved;
      marks.replaceChildren(
        ...[asset.kind === 'video' && icon('play'), asset.preferred && icon('star')].filter(Boolean),
      );
    },
  };
  made.mark();
  return made;
}
