// One tab of many: the one that holds the Web Lock does the work, and tells the others over a BroadcastChannel.

/** @import { Tabs } from './types.js' */

// A leader that was silent for so long is frozen or gone without its lock; a tab that people look at takes over.
// The event stream says something every 19 seconds, and every sign of life is passed on.
const SILENCE_MS = 45_000;

export class Leader {
  #name;
  #tabs;
  #signal;
  #channel;
  #lead;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** Whether this tab leads. */
  leading = false;

  /**
   * @param {object} options
   * @param {string} options.name What the tabs share.
   * @param {Tabs | undefined} options.tabs Without them this one is alone, and leads at once.
   * @param {AbortSignal} options.signal Ends the part that this tab plays.
   * @param {(message: any) => void} options.hear What other tabs say.
   * @param {(signal: AbortSignal) => Promise<void>} options.lead Works as the leader until the signal.
   */
  constructor({ name, tabs, signal, hear, lead }) {
    this.#name = name;
    this.#tabs = tabs;
    this.#signal = signal;
    this.#lead = lead;
    this.#channel = tabs?.open(name);
    if (this.#channel) {
      this.#channel.onmessage = ({ data }) => {
        this.#listen();
        hear(data);
      };
    }
    signal.addEventListener('abort', () => this.#leave(), { once: true });
  }

  /** Says something to the other tabs. */
  tell(/** @type {unknown} */ message) {
    if (!this.#signal.aborted) this.#channel?.postMessage(message);
  }

  /** Waits for its turn to lead, leads, and after a loss of the lock waits again. Resolves when the signal ends it. */
  async run() {
    const locks = this.#tabs?.locks;
    if (!locks) return this.#work(this.#signal);
    this.#listen();
    let steal = false;
    while (!this.#signal.aborted) {
      steal = await this.#turn(locks, steal);
    }
  }

  /**
   * One turn; resolves to whether the next one should be taken by force.
   * @param {LockManager} locks
   * @param {boolean} steal
   */
  async #turn(locks, steal) {
    const own = new AbortController();
    const stop = () => own.abort(this.#signal.reason);
    this.#signal.addEventListener('abort', stop, { once: true });
    let takeOver = false;
    this.#onSilence = () => {
      takeOver = !this.leading && (this.#tabs?.isVisible() ?? true);
      if (takeOver) own.abort();
      else this.#listen();
    };
    try {
      // The lock manager takes no signal together with `steal`, which never waits anyway.
      const options = steal ? { steal } : { signal: own.signal };
      await locks.request(this.#name, options, () => this.#work(own.signal));
    } catch (error) {
      // Aborted, or another tab took the lock: this one has to stop working, and queue again. What the work
      // itself threw is for the caller.
      if (/** @type {Error} */ (error)?.name !== 'AbortError' && !this.#signal.aborted && !takeOver) throw error;
    } finally {
      own.abort();
      this.#signal.removeEventListener('abort', stop);
    }
    return takeOver;
  }

  /** @param {AbortSignal} signal */
  async #work(signal) {
    this.leading = true;
    try {
      await this.#lead(signal);
    } finally {
      this.leading = false;
    }
  }

  #onSilence = () => {};

  #listen() {
    clearTimeout(this.#silence);
    if (this.#tabs?.locks && !this.#signal.aborted) this.#silence = setTimeout(() => this.#onSilence(), SILENCE_MS);
  }

  #leave() {
    clearTimeout(this.#silence);
    this.#channel?.close();
  }
}

/**
 * What the browser offers to tabs; undefined where there are none, as on a server.
 * @returns {Tabs | undefined}
 */
export function browserTabs() {
  if (typeof document === 'undefined' || typeof BroadcastChannel === 'undefined' || !globalThis.navigator?.locks)
    return undefined;
  return {
    locks: navigator.locks,
    open: (name) => new BroadcastChannel(name),
    isVisible: () => document.visibilityState === 'visible',
  };
}
