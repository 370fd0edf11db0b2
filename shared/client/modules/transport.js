// Requests to the edge: the token, time limits, bounded retries, errors instead of status codes.

/** @import { ClientOptions, RequestOptions, Timing } from './types.js' */

import { errorOf, noAnswer, OurVidzError, tooSlow, unreadable } from './errors.js';
import { backoff, limit, realTiming, unlessAborted } from './waiting.js';

// Longer than any answer that does not wait for a model; a submit of a busy service takes well below a second.
const TIMEOUT_MS = 20_000;
// Four tries over some four seconds bridge a restart; what lasts longer, a person should know about.
const TRIES = 4;
const FIRST_PAUSE_MS = 500;
// When the edge asks for more patience than this, the caller decides.
const LONGEST_PAUSE_MS = 10_000;

export class Transport {
  /** Without a slash at its end; empty for the page's own server. @type {string} */
  baseUrl;
  #token;
  #fetch;
  #headers;
  #timeoutMs;
  #tries;
  #longestPauseMs;
  /** @type {Timing} */
  timing;

  /** @param {ClientOptions} options */
  constructor({
    baseUrl = '',
    token,
    fetch,
    headers = {},
    timeoutMs = TIMEOUT_MS,
    tries = TRIES,
    maxRetryDelayMs = LONGEST_PAUSE_MS,
    timing,
  }) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.#token = token;
    // Looked up at each call, so that a page may replace it; and called as a function, because browsers insist.
    this.#fetch =
      fetch ?? ((/** @type {string} */ url, /** @type {RequestInit} */ init) => globalThis.fetch(url, init));
    this.#headers = headers;
    this.#timeoutMs = timeoutMs;
    this.#tries = Math.max(1, tries);
    this.#longestPauseMs = maxRetryDelayMs;
    this.timing = { ...realTiming, ...timing };
  }

  /**
   * The JSON of an answer. Tries again where that can help and cannot do harm.
   * @template T
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<T>}
   */
  async json(method, path, options = {}) {
    const { body } = await this.answer(method, path, options);
    return /** @type {T} */ (body);
  }

  /**
   * The same with the headers.
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   */
  async answer(method, path, options = {}) {
    const { repeatable = method !== 'POST', tries = this.#tries, signal } = options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(method, path, options);
      } catch (error) {
        const pause = this.#pause(error, attempt, repeatable);
        if (pause === undefined || attempt >= tries) throw error;
        await this.timing.sleep(pause, signal);
      }
    }
  }

  /**
   * The response to one request, whose body nobody has read; throws what is not a success.
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<Response>}
   */
  async send(method, path, { body, headers, signal, authorize = true } = {}) {
    /** @type {string | undefined} */
    let refused;
    for (;;) {
      const token = authorize ? await this.token({ refused, signal }) : undefined;
      const response = await this.#request(this.baseUrl + path, {
        method,
        headers: {
          ...this.#headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        signal,
      });
      if (response.ok) return response;
      const error = await errorOf(response);
      signal?.throwIfAborted();
      // A token can be refused before its time, because keys changed or clocks differ: once more with another one.
      if (error.status !== 401 || token === undefined || refused !== undefined) throw error;
      refused = token;
    }
  }

  /**
   * What `fetch` answers, or an error that says that nothing did. For other servers too: adds no token.
   * @param {string} url
   * @param {RequestInit} init
   * @returns {Promise<Response>}
   */
  async #request(url, init) {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      init.signal?.throwIfAborted();
      throw noAnswer(error);
    }
  }

  /**
   * Sends a file to a signed address, which wants neither our headers nor our token.
   * @param {string} url
   * @param {{ method: string, headers: Record<string, string>, body: BodyInit, timeoutMs: number, signal?: AbortSignal }} init
   */
  async upload(url, { timeoutMs, signal, ...init }) {
    const patience = limit(signal, timeoutMs);
    try {
      const response = await this.#request(url, { ...init, signal: patience.signal });
      await response.arrayBuffer();
      return response;
    } catch (error) {
      throw patience.expired ? tooSlow() : error;
    } finally {
      patience.close();
    }
  }

  /**
   * @param {{ refused?: string, signal?: AbortSignal }} [hint]
   * @returns {Promise<string>}
   */
  async token(hint = {}) {
    let token;
    try {
      token = await unlessAborted(this.#token?.(hint), hint.signal);
    } catch (error) {
      hint.signal?.throwIfAborted();
      const { retryable = true, message } = /** @type {{ retryable?: boolean, message?: string }} */ (error ?? {});
      throw new OurVidzError({
        code: 'token_failed',
        message: message ?? 'No token could be had.',
        retryable,
        cause: error,
      });
    }
    if (token) return token;
    throw new OurVidzError({ code: 'unauthorized', message: 'Nobody is signed in.', suggestedAction: 'Sign in.' });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} options
   */
  async #once(method, path, { timeoutMs = this.#timeoutMs, signal, ...options }) {
    const patience = limit(signal, timeoutMs);
    try {
      const response = await this.send(method, path, { ...options, signal: patience.signal });
      return { body: await jsonOf(response, patience.signal), headers: response.headers };
    } catch (error) {
      throw patience.expired ? tooSlow() : error;
    } finally {
      patience.close();
    }
  }

  /**
   * How long to wait before trying again; undefined when that would not help, or could do a thing twice.
   * @param {unknown} error
   * @param {number} attempt
   * @param {boolean} repeatable
   */
  #pause(error, attempt, repeatable) {
    if (!(error instanceof OurVidzError) || !error.retryable) return undefined;
    if (!repeatable && error.outcomeUnknown) return undefined;
    const longestMs = this.#longestPauseMs;
    const asked = (error.retryAfterSeconds ?? 0) * 1000;
    const own = backoff(attempt, { firstMs: FIRST_PAUSE_MS, longestMs, random: this.timing.random });
    return asked > longestMs ? undefined : Math.max(asked, own);
  }
}

/**
 * @param {Response} response
 * @param {AbortSignal} signal
 */
async function jsonOf(response, signal) {
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(response, error);
  }
}
