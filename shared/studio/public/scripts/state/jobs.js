// The jobs on the page, newest first. Views listen; what is live and what is ordered writes.

import { afterChange } from './asset.js';
import { isActive, isFinished, jobFrom } from './job.js';

const PAGE = 12;

/** Emits `changed` with `detail.id`, and `listed` when the set of jobs is another. */
export class Jobs extends EventTarget {
  #client;
  #pages;
  #keeper;
  #byId = new Map();
  #cursor = null;

  #dismissed;

  constructor(client, keeper, dismissed) {
    super();
    this.#dismissed = dismissed;
    this.#client = client;
    this.#pages = client.jobs({ limit: PAGE });
    this.#keeper = keeper;
    keeper.addEventListener('changed', ({ detail: { asset, changes } }) => this.#change(asset, changes));
    for (const name of ['gone', 'back']) {
      keeper.addEventListener(name, ({ detail: { assets } }) => {
        this.#emit('listed');
        for (const id of new Set(assets.map(({ jobId }) => jobId))) this.#emit('changed', id);
      });
    }
  }

  /** All that there is to see: a job whose pictures were all deleted is over and done with. */
  get all() {
    return [...this.#byId.values()]
      .map((job) => this.#withoutDeleted(job))
      .filter((job) => job.status !== 'completed' || job.assets.length > 0)
      .filter(({ id }) => !this.#dismissed.has(id))
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  /** Those that can still change, the oldest first: it is the next to be done. */
  get active() {
    return this.all.filter(isActive).reverse();
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  get(id) {
    const job = this.#byId.get(id);
    return job && this.#withoutDeleted(job);
  }

  put(job) {
    const isNew = !this.#byId.has(job.id);
    this.#byId.set(job.id, job);
    this.#emit(isNew ? 'listed' : 'changed', job.id);
  }

  patch(id, changes) {
    const job = this.#byId.get(id);
    if (job) this.put({ ...job, ...changes });
  }

  remove(id) {
    if (this.#byId.delete(id)) this.#emit('listed', id);
  }

  /** Puts the card of a job away for good. One that was never ordered is gone with it. */
  dismiss(id) {
    if (this.#byId.get(id)?.isLocal) this.#byId.delete(id);
    else this.#dismissed.add(id);
    this.#emit('listed', id);
  }

  /** What the service said of a job. Nothing leaves a final state, so a slow answer does not undo a newer one. */
  take(job) {
    const known = this.#byId.get(job.id);
    if (known && isFinished(known) && !isFinished(job)) return;
    this.put(job);
  }

  /** Reads a job anew, for example because a signed URL has run out. */
  async reload(id) {
    this.take(jobFrom(await this.#client.getJob(id)));
  }

  /** The newest page, at the start and whenever something may have been missed. */
  async refresh() {
    const page = await this.#pages.page();
    if (this.#byId.size === 0) this.#cursor = page.nextCursor ?? null;
    this.#take(page.items);
  }

  async loadMore() {
    const page = await this.#pages.page(this.#cursor);
    this.#cursor = page.nextCursor ?? null;
    this.#take(page.items);
  }

  #take(items) {
    for (const item of items) {
      const known = this.#byId.get(item.id);
      const job = { ...jobFrom(item), stepPreviews: known?.stepPreviews ?? {} };
      if (!known || !isFinished(known) || isFinished(job)) this.#byId.set(item.id, job);
    }
    this.#emit('listed');
    for (const { id } of items) this.#emit('changed', id);
  }

  #withoutDeleted(job) {
    const left = job.assets.filter((asset) => !this.#keeper.isGone(asset));
    return left.length === job.assets.length ? job : { ...job, assets: left };
  }

  #change(changed, changes) {
    const job = this.#byId.get(changed.jobId);
    if (job) this.put({ ...job, assets: job.assets.map((asset) => afterChange(asset, changed, changes)) });
  }

  #emit(name, id) {
    this.dispatchEvent(new CustomEvent(name, { detail: { id } }));
  }
}
