// What people do with what was made: save, prefer, name, delete. Shown at once, in every tab, and taken back
// when the edge refuses.
//
// A delete can be undone for a while, so it is sent only when that while is over, or when the page is left.
// What could not be sent by then is sent when the network is back, at the latest at the next start.

const STORED_AS = 'ourvidz.deleted';

/** Emits `changed` with `{ asset, changes }`, `gone` and `back` with `{ assets }`, and `failed` with `{ problem }`. */
export class Keeper extends EventTarget {
  #client;
  #deleteNow;
  #name;
  #channel;
  #stop = new AbortController();
  // Deleted, whether the edge knows already or not.
  #gone = new Set();
  // Deleted, and the edge does not know yet.
  #waiting = new Map();
  // What was changed and not yet answered.
  #underWay = new Set();
  // Of those, what was sent without an answer.
  #overdue = new Set();

  constructor({ client, deleteNow }, userId) {
    super();
    this.#client = client;
    this.#deleteNow = deleteNow;
    this.#name = `${STORED_AS}.${userId}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    addEventListener('pagehide', () => this.sendNow(), { signal: this.#stop.signal });
    addEventListener('online', () => this.#sendOverdue(), { signal: this.#stop.signal });
    for (const asset of this.#left()) {
      this.#gone.add(asset.id);
      this.#waiting.set(asset.id, asset);
    }
    if (this.#waiting.size > 0) this.sendDeletions([...this.#waiting.values()]);
  }

  /** Ends everything, for signing out. */
  stop() {
    this.#stop.abort();
    this.#channel.close();
  }

  /** Whether it was deleted. */
  isGone({ id }) {
    return this.#gone.has(id);
  }

  /** `changes` is any of `saved`, `preferred` and `title`. Resolves to whether the edge took it. */
  async change(asset, changes) {
    const before = Object.fromEntries(Object.keys(changes).map((name) => [name, asset[name]]));
    const change = { asset, changes };
    this.#underWay.add(change);
    this.#broadcast('changed', change);
    try {
      await this.#client.updateAsset(asset.id, changes);
      return true;
    } catch (problem) {
      this.#broadcast('changed', { asset: { ...asset, ...changes }, changes: before });
      this.dispatchEvent(new CustomEvent('failed', { detail: { problem } }));
      return false;
    } finally {
      this.#underWay.delete(change);
    }
  }

  /** `body` has `add_tags` or `remove_tags`. Resolves to the tags that are left: only the edge knows how it keeps them. */
  async retag(asset, body) {
    const { tags } = await this.#client.updateAsset(asset.id, body);
    this.#broadcast('changed', { asset, changes: { tags } });
    return tags;
  }

  /** Changes that a list may not have yet which is asked for now: `{ asset, changes }` each. */
  get underWay() {
    return [...this.#underWay];
  }

  /** Takes assets from the sight. Sent by `sendDeletions`, undone by `restore`. */
  remove(assets) {
    for (const asset of assets) this.#waiting.set(asset.id, asset);
    this.#keep();
    this.#broadcast('gone', { assets });
  }

  restore(assets) {
    for (const { id } of assets) this.#waiting.delete(id);
    this.#keep();
    this.#broadcast('back', { assets });
  }

  /** Sends the deletes of those that were not restored meanwhile. */
  async sendDeletions(assets) {
    const wanted = assets.filter(({ id }) => this.#waiting.has(id));
    await Promise.all(
      wanted.map(async (asset) => {
        try {
          await this.#client.deleteAsset(asset.id);
        } catch (problem) {
          if (problem.outcomeUnknown) {
            this.#overdue.add(asset.id);
            return;
          }
          if (problem.code !== 'not_found') {
            this.restore([asset]);
            this.dispatchEvent(new CustomEvent('failed', { detail: { problem } }));
          }
        }
        this.#waiting.delete(asset.id);
        this.#overdue.delete(asset.id);
      }),
    );
    this.#keep();
  }

  #sendOverdue() {
    return this.sendDeletions([...this.#waiting.values()].filter(({ id }) => this.#overdue.has(id)));
  }

  /** Sends what waits without waiting for answers: the page is being left, or the token is. */
  sendNow() {
    for (const { id } of this.#waiting.values()) this.#deleteNow(id);
  }

  // Tells this tab and the others.
  #broadcast(kind, detail) {
    this.#receive({ kind, detail });
    if (!this.#stop.signal.aborted) this.#channel.postMessage({ kind, detail });
  }

  #receive({ kind, detail }) {
    for (const { id } of detail.assets ?? []) {
      if (kind === 'gone') this.#gone.add(id);
      else this.#gone.delete(id);
    }
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  // Of this tab alone: another one must not send what can still be undone here.
  #left() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#name)) ?? [];
    } catch {
      return [];
    }
  }

  #keep() {
    try {
      const assets = [...this.#waiting.values()].map(({ id, jobId }) => ({ id, jobId }));
      sessionStorage.setItem(this.#name, JSON.stringify(assets));
    } catch {
      // Without storage it is sent when the page is left.
    }
  }
}
