// Orders on their way. The Idempotency-Key of an order is kept until its outcome is known, also over a reload
// where there is a store: "did it go through?" is answered by sending the very same thing again.

/** @import { KeyStore } from './types.js' */

import { OurVidzError } from './errors.js';

const PREFIX = 'ourvidz.order.';
// Whoever orders the same a day later wants it again.
const KEPT_MS = 24 * 60 * 60 * 1000;

export class Orders {
  #store;
  /** Orders that are being sent now. A second one like it is meant as a second one. */
  #sending = new Set();

  /** @param {KeyStore} [store] */
  constructor(store) {
    this.#store = store ?? new MemoryStore();
  }

  /**
   * Carries out `send` with the key of this order.
   * @template T
   * @param {string} scope What the key is for, besides the body.
   * @param {unknown} body
   * @param {(key: string) => Promise<T>} send
   * @returns {Promise<T>}
   */
  async place(scope, body, send) {
    const name = await this.#name(scope, body);
    if (name === undefined || this.#sending.has(name)) return send(newKey());
    this.#sending.add(name);
    try {
      const kept = await this.#kept(name);
      const key = kept ?? newKey();
      await this.#write(name, JSON.stringify({ key, since: Date.now() }));
      try {
        return await this.#settle(name, send(key));
      } catch (error) {
        // The kept key was used for something else, so the order that it stood for is known after all.
        if (kept === undefined || !(error instanceof OurVidzError) || error.code !== 'idempotency_mismatch')
          throw error;
        return await send(newKey());
      }
    } finally {
      this.#sending.delete(name);
    }
  }

  /**
   * Forgets the key with the outcome.
   * @template T
   * @param {string} name
   * @param {Promise<T>} outcome
   */
  async #settle(name, outcome) {
    try {
      const result = await outcome;
      await this.#write(name, undefined);
      return result;
    } catch (error) {
      // Refused is an outcome. An abort is none: the request may be under way.
      if (error instanceof OurVidzError && !error.outcomeUnknown) await this.#write(name, undefined);
      throw error;
    }
  }

  /** @param {string} name */
  async #kept(name) {
    try {
      const { key, since } = JSON.parse((await this.#store.getItem(name)) ?? '{}');
      return typeof key === 'string' && Date.now() - since < KEPT_MS ? key : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * @param {string} name
   * @param {string | undefined} value
   */
  async #write(name, value) {
    try {
      if (value === undefined) await this.#store.removeItem(name);
      else await this.#store.setItem(name, value);
    } catch {
      // Without storage the key lasts for the tries of this one call.
    }
  }

  /**
   * The order's name in the store. A digest, because prompts are nobody's business who looks into the storage.
   * @param {string} scope
   * @param {unknown} body
   */
  async #name(scope, body) {
    // Browsers have it only on secure origins, as they have all that a service like this needs.
    if (!globalThis.crypto?.subtle) return undefined;
    const bytes = new TextEncoder().encode(`${scope}\n${JSON.stringify(body)}`);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return PREFIX + hex(digest.subarray(0, 16));
  }
}

/** A store for one page's life. */
export class MemoryStore {
  #items = new Map();

  /** @param {string} name @returns {string | null} */
  getItem(name) {
    return this.#items.get(name) ?? null;
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    this.#items.set(name, value);
  }

  /** @param {string} name */
  removeItem(name) {
    this.#items.delete(name);
  }
}

/** A key that nobody else has. */
export function newKey() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
