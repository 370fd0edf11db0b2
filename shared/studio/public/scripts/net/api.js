// Requests to the edge: the token, bounded retries, problems instead of status codes.

import { noAnswer, problemOf } from './problem.js';

// Three tries over about two seconds bridge a restart; what lasts longer, a person should know about.
const TRIES = 3;
const FIRST_PAUSE_MS = 400;
// Longer waits belong on the screen, not behind a spinner.
const LONGEST_PAUSE_MS = 5_000;
const TIMEOUT_MS = 20_000;

export class Api {
  #session;

  constructor(session) {
    this.#session = session;
  }

  me() {
    return this.#json('/api/me');
  }

  queueStatus() {
    return this.#json('/api/queue-status');
  }

  jobs({ cursor, limit }) {
    const query = new URLSearchParams({ limit });
    if (cursor) query.set('cursor', cursor);
    return this.#json(`/api/jobs?${query}`);
  }

  job(id) {
    return this.#json(`/api/jobs/${id}`);
  }

  /** Orders a job. With the same key the same order is never carried out twice, so every try is safe. */
  submit(body, idempotencyKey) {
    return this.#json('/functions/v1/queue-job', { method: 'POST', body, headers: { 'idempotency-key': idempotencyKey } });
  }

  cancel(id) {
    return this.#json(`/api/jobs/${id}/cancel`, { method: 'POST', body: {} });
  }

  /** The response of an event stream. */
  events(id, { lastEventId, signal }) {
    const headers = { accept: 'text/event-stream' };
    if (lastEventId) headers['last-event-id'] = lastEventId;
    return this.#send(`/api/jobs/${id}/events`, { headers, signal });
  }

  async #json(path, { method = 'GET', body, headers = {} } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#send(path, {
          method,
          headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          body: body === undefined ? undefined : JSON.stringify(body),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        return await response.json();
      } catch (error) {
        const problem = error.code === undefined || error instanceof DOMException ? noAnswer() : error;
        const pause = (problem.retryAfterSeconds ?? 0) * 1000 || FIRST_PAUSE_MS * 2 ** (attempt - 1);
        if (!problem.retryable || attempt >= TRIES || pause > LONGEST_PAUSE_MS) throw problem;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  // A token can be refused although its time has not come (the keys changed): then once more with a new one.
  async #send(path, { headers, ...options }, refreshed = false) {
    const token = await this.#session.token();
    let response;
    try {
      response = await fetch(path, { ...options, headers: { ...headers, authorization: `Bearer ${token}` }, cache: 'no-store' });
    } catch (error) {
      throw options.signal?.aborted && error.name === 'AbortError' ? error : noAnswer();
    }
    if (response.ok) return response;
    if (response.status === 401 && !refreshed) {
      this.#session.expire(token);
      return this.#send(path, { headers, ...options }, true);
    }
    throw await problemOf(response);
  }
}
