// A user's server that hears of jobs: a real HTTP server on this machine that answers as a test tells it to, and
// believes what an implementation of Standard Webhooks believes that is not ours.

import assert from 'node:assert/strict';
import http from 'node:http';
import { Webhook } from 'standardwebhooks';
import { until } from '../journeys/client.mjs';

export class Receiver {
  constructor() {
    /** What came: `{ path, headers, body, at }`. */
    this.heard = [];
    /** What each request is answered with, in their order; then 204. An answer is a status with headers, or a function. */
    this.answers = [];
    this.server = http.createServer((request, response) => this.#hear(request, response));
  }

  async open() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
    return this;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Answers the next requests like this. */
  will(...answers) {
    this.answers.push(...answers);
    return this;
  }

  /** What came for a job, once it is as many. */
  messages(job, many = 1) {
    const found = () => this.heard.filter(({ body }) => body.includes(job));
    return until(`${many} webhooks of ${job}`, () => found().length >= many && found());
  }

  async #hear(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    this.heard.push({
      path: request.url,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      at: Date.now(),
    });
    const answer = this.answers.shift() ?? { status: 204 };
    if (typeof answer === 'function') return answer(response);
    response.writeHead(answer.status, answer.headers ?? {}).end(answer.body);
  }
}

/** The message's content, if the secret made its signature; throws if not. */
export function opened(message, secret) {
  return new Webhook(secret).verify(message.body, message.headers);
}

/** That a secret did not make a message's signature. */
export function assertForeign(message, secret) {
  assert.throws(() => opened(message, secret), /No matching signature/);
}
