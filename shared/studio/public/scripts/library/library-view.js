// The library: everything that was made and kept, as a wall of pictures.

import { announce } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { rest } from '../base/focus.js';
import { count as numberOf } from '../base/format.js';
import { DELETE } from '../base/platform.js';
import { explain } from '../net/problem.js';
import { NO_FILTERS } from '../state/library.js';
import { texts } from '../texts/library.js';
import { filterBar } from './filters.js';
import { wall } from './wall.js';

// The next page is asked for when the end is this near, so that scrolling rarely meets it.
const AHEAD = 800;
const SKELETONS = 12;
const KEYS = [
  ['←→↑↓', texts.keyMove],
  ['Enter', texts.keyOpen],
  ['Space', texts.keySelect],
  ['S', texts.keySave],
  ['T', texts.keyTag],
  [DELETE, texts.keyDelete],
];

/**
 * Fills a `place` of the page whose `head` is there already: the heading has the focus by then, and would lose it if it
 * were moved. `show(filters)` loads what they ask for. `actions` are those of the wall; `goTo(filters)` changes the
 * address, and `toWorkspace()` leaves.
 */
export function libraryView(library, { place, head, actions, projects, tags, goTo, toWorkspace }) {
  const filters = filterBar({ projects, tags }, goTo);
  const selectedCount = element('strong', { class: 'numbers', 'aria-live': 'polite' });
  let selected = [];
  const bulk = (name, label, run) =>
    element(
      'button',
      { type: 'button', class: 'button compact', onclick: () => run(selected) },
      icon(name),
      element('span', {}, label),
    );
  const selectionBar = element(
    'div',
    { class: 'selection-bar', role: 'toolbar', 'aria-label': texts.selectedPictures, hidden: true },
    selectedCount,
    bulk('heart', texts.save, (assets) => actions.saveAll(assets)),
    bulk('tag', texts.tags, (assets) => actions.tag(assets)),
    bulk('download', texts.download, (assets) => actions.downloadAll(assets)),
    bulk('trash', texts.delete, (assets) => actions.remove(assets)),
    bulk('cancel', texts.clear, () => pictures.clearSelection()),
  );
  const pictures = wall({
    ...actions,
    selected(assets) {
      selected = assets;
      // The bar goes, so the focus goes back to the pictures.
      if (assets.length === 0 && selectionBar.contains(document.activeElement)) pictures.focus();
      selectionBar.hidden = assets.length === 0;
      setText(selectedCount, assets.length === 0 ? '' : texts.selected(numberOf(assets.length)));
    },
  });
  const count = element('p', { class: 'muted small numbers' });
  const skeleton = element(
    'ul',
    { class: 'wall placeholder', 'aria-hidden': 'true' },
    Array.from({ length: SKELETONS }, () => element('li', { class: 'tile working' })),
  );
  const empty = element('div', { class: 'empty', hidden: true });
  const failed = element('div', { class: 'message error', role: 'alert', hidden: true });
  const more = element(
    'button',
    { type: 'button', class: 'button more', onclick: () => load(() => library.loadMore()) },
    texts.showMore,
  );
  const hint = element(
    'p',
    { class: 'muted small hide-on-touch library-hint' },
    texts.keysAre,
    KEYS.map(([key, what]) => [element('kbd', {}, key), ` ${what} `]),
  );
  head.append(count, filters.node);
  place.append(failed, skeleton, pictures.node, empty, more, hint, selectionBar);

  let isLoading = false;
  let lastWork = null;
  const load = async (work) => {
    lastWork = work;
    isLoading = true;
    failed.hidden = true;
    show();
    const before = library.items.length;
    try {
      await work();
      if (before > 0 && library.items.length > before)
        announce(texts.moreCame(numberOf(library.items.length - before)));
    } catch (problem) {
      const { what, action } = explain(problem);
      failed.replaceChildren(
        element('strong', {}, what),
        element('span', {}, action ?? ''),
        element('button', { type: 'button', class: 'button compact', onclick: () => load(work) }, texts.loadAgain),
      );
      failed.hidden = false;
    } finally {
      isLoading = false;
      show();
      askForMore();
    }
  };

  const show = () => {
    const { items } = library;
    skeleton.hidden = library.isLoaded || !isLoading;
    pictures.node.hidden = hint.hidden = items.length === 0;
    pictures.update(items);
    more.hidden = !library.isLoaded || !library.hasMore;
    rest(more, isLoading);
    setText(
      count,
      items.length === 0
        ? ''
        : texts.items(`${numberOf(items.length)}${library.hasMore ? '+' : ''}`, items.length === 1),
    );
    empty.hidden = !library.isLoaded || isLoading || items.length > 0 || library.hasMore;
    if (!empty.hidden) showEmpty();
  };

  const showEmpty = () => {
    const isSaved = library.filters.saved === 'true';
    const { kind, model, project, tag, q, from, to } = library.filters;
    const isNarrow = [kind, model, project, tag, q, from, to].some((value) => value !== '');
    const button = (label, run) => element('button', { type: 'button', class: 'button', onclick: run }, label);
    const all = { ...NO_FILTERS, saved: '' };
    if (isNarrow)
      fill(
        texts.nothingFits,
        texts.nothingFitsWhat,
        button(texts.clearFilters, () =>
          goTo({ ...NO_FILTERS, saved: library.filters.saved, order: library.filters.order }),
        ),
      );
    else if (isSaved)
      fill(
        texts.nothingSaved,
        texts.nothingSavedWhat,
        button(texts.showEverything, () => goTo(all)),
      );
    else fill(texts.nothingMade, texts.nothingMadeWhat, button(texts.toWorkspace, toWorkspace));
  };
  const fill = (title, text, action) =>
    empty.replaceChildren(icon('grid'), element('h2', {}, title), element('p', {}, text), action);

  // The end comes near by scrolling, and also when what was loaded does not fill the window.
  const askForMore = () => {
    if (!place.checkVisibility() || isLoading || !failed.hidden || !library.isLoaded || !library.hasMore) return;
    if (more.getBoundingClientRect().top < innerHeight + AHEAD) load(() => library.loadMore());
  };
  const stopped = new AbortController();
  for (const name of ['scroll', 'resize'])
    addEventListener(name, askForMore, { passive: true, signal: stopped.signal });
  addEventListener('online', () => failed.hidden || load(lastWork), { signal: stopped.signal });
  library.addEventListener('changed', show);

  return {
    /** What the address asks for. */
    show(wanted) {
      pictures.clearSelection();
      filters.set(wanted);
      return load(() => library.load(wanted));
    },
    stop: () => {
      pictures.stop();
      stopped.abort();
    },
  };
}
