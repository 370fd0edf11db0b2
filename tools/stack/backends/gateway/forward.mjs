// Handing a request on to another server of this machine, and its answer back.

import http from 'node:http';
import { sendJson } from '../http-server.mjs';

// PostgREST closes idle connections after 30 s; ours must be gone before that.
const UPSTREAM_IDLE_MS = 20_000;
const UPSTREAM_CONNECTIONS = 128;
// These belong to one connection and are not passed on (RFC 9110, 7.6.1).
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

export class Forwarder {
  #agent = new http.Agent({ keepAlive: true, maxSockets: UPSTREAM_CONNECTIONS, timeout: UPSTREAM_IDLE_MS });

  /**
   * Sends the request to `target`, a URL. `without` names headers that stay here; `headers` are further ones, and
   * `answerHeaders` those of the answer.
   */
  forward(request, response, target, { without = [], headers = {}, answerHeaders = {} } = {}) {
    const sent = { ...request.headers, ...headers };
    for (const name of [...HOP_BY_HOP, 'host', ...without]) delete sent[name];
    return new Promise((resolve) => {
      const upstream = http.request(target, { agent: this.#agent, method: request.method, headers: sent });
      upstream.on('response', (answer) => {
        const received = { ...answer.headers, ...answerHeaders };
        for (const name of HOP_BY_HOP) delete received[name];
        response.writeHead(answer.statusCode, received);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        resolve();
      });
      upstream.on('error', () => {
        if (response.headersSent) response.destroy();
        else sendJson(response, 503, { message: 'name resolution failed' });
        resolve();
      });
      // A client that goes away takes its request with it.
      response.on('close', () => upstream.destroy());
      request.pipe(upstream);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
