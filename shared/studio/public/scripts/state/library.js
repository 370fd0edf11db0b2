// The library's list: finished pictures and videos that fit the filters, newest or oldest first, a page at a time.

import { afterChange, assetFrom, byAge, byAgeFromOldest, isReady } from './asset.js';
import { endOf, startOf } from './days.js';

const PAGE = 36;
// The edge filters by kind and by what is saved, this page by model. Looking for a rare model through a large
// library goes on when the person scrolls on.
const PAGES_AT_ONCE = 4;

/** What the library can be filtered by, and its order; each value is one of the choices, or '' for all and for newest first. */
export const NO_FILTERS = Object.freeze({
  saved: 'true',
  kind: '',
  model: '',
  project: '',
  tag: '',
  q: '',
  from: '',
  to: '',
  order: '',
});

/** `sdxl`, `wan` or `wan-enhanced`. */
export function modelOf(jobType) {
  if (jobType.startsWith('sdxl')) return 'sdxl';
  return jobType.endsWith('enhanced') ? 'wan-enhanced' : 'wan';
}

/** Whether an asset belongs into the list that these filters make, as far as it says so itself: the service looks for words and projects. */
export function fits(asset, { saved, kind, model, tag, from, to }) {
  if (tag !== '' && !asset.tags.includes(tag)) return false;
  const [start, end] = [startOf(from), endOf(to)];
  if ((start && asset.createdAt < start) || (end && asset.createdAt >= end)) return false;
  if (saved !== '' && asset.saved !== (saved === 'true')) return false;
  if (kind !== '' && asset.kind !== kind) return false;
  return model === '' || modelOf(asset.jobType) === model;
}

/** Emits `changed`. */
export class Library extends EventTarget {
  #client;
  #keeper;
  #assets = [];
  #cursor = null;
  // Counts the loads from the start, so that an answer to older filters is recognised.
  #generation = 0;
  #loading = null;
  #pages = null;
  // What happened since the list was asked for: the answer may be older than that.
  #since = [];
  filters = NO_FILTERS;
  isLoaded = false;

  constructor(client, keeper) {
    super();
    this.#client = client;
    this.#keeper = keeper;
    keeper.addEventListener('changed', ({ detail: { asset, changes } }) =>
      this.#happened(() => this.#change(asset, changes)),
    );
    keeper.addEventListener('gone', () => this.#emit());
    keeper.addEventListener('back', () => this.#emit());
  }

  /** What is to be shown. */
  get items() {
    return this.#assets.filter((asset) => !this.#keeper.isGone(asset) && fits(asset, this.filters));
  }

  get hasMore() {
    return !this.isLoaded || this.#cursor !== null;
  }

  /** Starts anew, with other filters if they are given. */
  load(filters = this.filters) {
    const isSame = JSON.stringify(filters) === JSON.stringify(this.filters);
    this.filters = filters;
    if (!isSame) {
      this.#assets = [];
      this.isLoaded = false;
      this.#emit();
    }
    this.#generation += 1;
    this.#pages = this.#client.assets({
      saved: filters.saved || undefined,
      kind: filters.kind || undefined,
      project: filters.project || undefined,
      tag: filters.tag || undefined,
      q: filters.q || undefined,
      from: startOf(filters.from)?.toISOString(),
      until: endOf(filters.to)?.toISOString(),
      order: filters.order || undefined,
      limit: PAGE,
    });
    this.#loading = null;
    this.#since = this.#keeper.underWay.map(
      ({ asset, changes }) =>
        () =>
          this.#change(asset, changes),
    );
    return this.#more(true);
  }

  /** The next page. Calls while one is loading get that one. */
  loadMore() {
    return this.#more(false);
  }

  /** A picture or a video that was finished while the list was open. */
  add(asset) {
    this.#happened(() => this.#insert(asset));
  }

  #happened(what) {
    if (this.#loading) this.#since.push(what);
    what();
  }

  #insert(asset) {
    const { project, q } = this.filters;
    // What only the service knows to fit comes with its list.
    if (!this.isLoaded || !isReady(asset) || project !== '' || q !== '') return;
    const known = this.#assets.findIndex(({ id }) => id === asset.id);
    // What is on the screen keeps the URL that it was loaded from.
    if (known >= 0) return;
    const place = this.#assets.findIndex((other) => this.#compare(other, asset) > 0);
    // Behind the last page that was loaded it will come with its own page.
    if (place < 0 && this.#cursor !== null) return;
    this.#assets.splice(place < 0 ? this.#assets.length : place, 0, asset);
    this.#emit();
  }

  /** Puts a fresh URL in the place of one that has run out. */
  replace(asset) {
    this.#assets = this.#assets.map((each) =>
      each.id === asset.id ? { ...each, url: asset.url, thumbnailUrl: asset.thumbnailUrl } : each,
    );
    this.#emit();
  }

  #more(fromStart) {
    if (!this.#loading) {
      const loading = this.#read(fromStart, this.#generation).finally(() => {
        if (this.#loading === loading) this.#loading = null;
      });
      this.#loading = loading;
    }
    return this.#loading;
  }

  async #read(fromStart, generation) {
    let cursor = fromStart ? null : this.#cursor;
    let found = 0;
    for (let page = 0; page < PAGES_AT_ONCE && (page === 0 || cursor !== null) && found < PAGE / 2; page += 1) {
      const answer = await this.#pages.page(cursor);
      if (generation !== this.#generation) return;
      const assets = answer.items.map((item) => assetFrom(item));
      found += assets.filter((asset) => fits(asset, this.filters)).length;
      this.#take(assets, fromStart && page === 0);
      cursor = answer.nextCursor ?? null;
      this.#cursor = cursor;
    }
    this.isLoaded = true;
    for (const again of this.#since) again();
    this.#since = [];
    this.#emit();
  }

  #take(assets, isFirst) {
    const known = new Map(this.#assets.map((asset) => [asset.id, asset]));
    const fresh = assets.map((asset) => {
      const old = known.get(asset.id);
      return old ? { ...asset, url: old.url, thumbnailUrl: old.thumbnailUrl } : asset;
    });
    const others = isFirst ? [] : this.#assets.filter(({ id }) => !fresh.some((asset) => asset.id === id));
    // The service orders the pictures of one job by chance.
    this.#assets = [...others, ...fresh].sort((one, other) => this.#compare(one, other));
  }

  #compare(one, other) {
    return this.filters.order === 'oldest' ? byAgeFromOldest(one, other) : byAge(one, other);
  }

  #change(changed, changes) {
    this.#assets = this.#assets.map((asset) => afterChange(asset, changed, changes));
    // Saved elsewhere on the page: it belongs into the list of what is saved.
    if (fits({ ...changed, ...changes }, this.filters)) this.#insert({ ...changed, ...changes });
    this.#emit();
  }

  #emit() {
    this.dispatchEvent(new Event('changed'));
  }
}
