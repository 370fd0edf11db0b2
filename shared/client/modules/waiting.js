// Waiting that can be called off.

/** @import { Timing } from './types.js' */

/** @type {Timing} */
export const realTiming = { sleep, random: Math.random };

/**
 * Resolves after a while; rejects with the signal's reason when that is aborted.
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      globalThis.removeEventListener?.('online', wake);
      resolve();
    };
    const stop = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', wake);
      reject(signal?.reason);
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
    // A browser that is back online need not wait for the end of a pause.
    globalThis.addEventListener?.('online', wake);
  });
}

/**
 * What a promise gives, unless the signal is aborted first: for work that knows nothing of signals.
 * @template T
 * @param {T | PromiseLike<T>} work
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function unlessAborted(work, signal) {
  if (!signal) return work;
  signal.throwIfAborted();
  /** @type {() => void} */
  let stop = () => {};
  const aborted = new Promise((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (aborted)]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * A signal that follows another one, can be aborted by itself, and after `milliseconds` without `restart` aborts too.
 * `close` must be called, or the other signal keeps this one alive.
 * @param {AbortSignal | undefined} parent
 * @param {number} [milliseconds]
 */
export function limit(parent, milliseconds) {
  const controller = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let expired = false;
  const follow = () => controller.abort(parent?.reason);
  const restart = () => {
    clearTimeout(timer);
    if (milliseconds === undefined) return;
    timer = setTimeout(() => {
      expired = true;
      controller.abort(new DOMException('It took too long.', 'TimeoutError'));
    }, milliseconds);
  };
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  restart();
  return {
    signal: controller.signal,
    restart,
    abort: () => controller.abort(),
    /** The time no longer counts. */
    stop: () => clearTimeout(timer),
    /** Whether the time ran out, and not the caller's patience. */
    get expired() {
      return expired && !parent?.aborted;
    },
    close() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
    },
  };
}

/**
 * The pause before try number `attempt` + 1: twice as long each time, spread so that clients do not come back together.
 * @param {number} attempt
 * @param {{ firstMs: number, longestMs: number, random: () => number }} range
 */
export function backoff(attempt, { firstMs, longestMs, random }) {
  const whole = Math.min(firstMs * 2 ** (attempt - 1), longestMs);
  return whole / 2 + (whole / 2) * random();
}
