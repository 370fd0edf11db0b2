// A browser with several tabs: Web Locks and BroadcastChannels as the standards describe them, as far as the client uses them.

export class FakeBrowser {
  #channels = new Set();
  /** The lock of each name: who holds it, and who waits. */
  #locks = new Map();

  /** What one tab sees. `visible` can be changed. */
  tab({ visible = true } = {}) {
    const tab = { visible };
    return Object.assign(tab, {
      locks: { request: (name, options, work) => this.#request(name, options, work) },
      open: (name) => this.#open(name),
      isVisible: () => tab.visible,
    });
  }

  /** Whether somebody holds the lock. */
  isLed(name) {
    return this.#locks.get(name)?.holder !== undefined;
  }

  #open(name) {
    const channel = {
      name,
      onmessage: null,
      postMessage: (message) => {
        const data = structuredClone(message);
        for (const other of this.#channels) {
          if (other !== channel && other.name === name)
            queueMicrotask(() => this.#channels.has(other) && other.onmessage?.({ data }));
        }
      },
      close: () => this.#channels.delete(channel),
    };
    this.#channels.add(channel);
    return channel;
  }

  async #request(name, { signal, steal = false }, work) {
    signal?.throwIfAborted();
    const lock = this.#locks.get(name) ?? { holder: undefined, waiting: [] };
    this.#locks.set(name, lock);
    if (steal) lock.holder?.lose();
    else if (lock.holder) await this.#wait(lock, signal);
    return this.#hold(lock, work);
  }

  #wait(lock, signal) {
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        lock.waiting = lock.waiting.filter((other) => other !== turn);
        reject(new DOMException('aborted', 'AbortError'));
      };
      signal?.addEventListener('abort', stop);
      lock.waiting.push(turn);
    });
  }

  async #hold(lock, work) {
    let lose;
    const lost = new Promise((_, reject) => {
      lose = () => reject(new DOMException('stolen', 'AbortError'));
    });
    const holder = { lose };
    lock.holder = holder;
    const result = work();
    result.catch(() => {});
    try {
      return await Promise.race([result, lost]);
    } finally {
      if (lock.holder === holder) {
        lock.holder = undefined;
        lock.waiting.shift()?.();
      }
    }
  }
}
