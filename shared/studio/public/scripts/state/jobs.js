// The jobs on the page, newest first. Views listen; the watcher and the composer write.

import { isActive, jobFrom } from './job.js';

const PAGE = 12;

/** Emits `changed` with `detail.id`, and `listed` when the set of jobs is another. */
export class Jobs extends EventTarget {
  #api;
  #byId = new Map();
  #cursor = null;

  constructor(api) {
    super();
    this.#api = api;
  }

  get all() {
    return [...this.#byId.values()].sort((one, other) => other.createdAt - one.createdAt);
  }

  /** Those that can still change, the oldest first: it is the next to be done. */
  get active() {
    return this.all.filter(isActive).reverse();
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  get(id) {
    return this.#byId.get(id);
  }

  put(job) {
    const isNew = !this.#byId.has(job.id);
    this.#byId.set(job.id, job);
    this.#tell(isNew ? 'listed' : 'changed', job.id);
  }

  patch(id, changes) {
    const job = this.#byId.get(id);
    if (job) this.put({ ...job, ...changes });
  }

  remove(id) {
    if (this.#byId.delete(id)) this.#tell('listed', id);
  }

  /** The newest page, at the start and whenever something may have been missed. */
  async refresh() {
    const page = await this.#api.jobs({ limit: PAGE });
    if (this.#byId.size === 0) this.#cursor = page.nextCursor ?? null;
    this.#take(page.items);
  }

  async loadMore() {
    const page = await this.#api.jobs({ limit: PAGE, cursor: this.#cursor });
    this.#cursor = page.nextCursor ?? null;
    this.#take(page.items);
  }

  #take(items) {
    for (const item of items) this.#byId.set(item.id, jobFrom(item));
    this.#tell('listed');
    for (const { id } of items) this.#tell('changed', id);
  }

  #tell(name, id) {
    this.dispatchEvent(new CustomEvent(name, { detail: { id } }));
  }
}
