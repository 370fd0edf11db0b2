// What the stack's small HTTP servers have in common.

import http from 'node:http';
import { HOST } from '../settings/ports.mjs';

// Longer than any client keeps an idle connection, so that the server never closes one at the very
// moment when a request is on its way.
const KEEP_ALIVE_MS = 65_000;

/** A request that can't be served because of what it contains. */
export class BodyTooLarge extends Error {
  constructor(limit) {
    super(`The body is larger than ${limit} bytes.`);
    this.limit = limit;
  }
}

/**
 * Reads a request's body, up to a limit. The rest of a larger one is read and dropped: a connection
 * with an unread body could not carry the next request.
 */
export async function readBody(request, limit) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  if (length > limit) throw new BodyTooLarge(limit);
  return Buffer.concat(chunks);
}

/** Answers with JSON. */
export function sendJson(response, status, value, headers = {}) {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}

/**
 * Serves `handle(request, response)` on a loopback port. `onError(response, error)` answers what
 * `handle` threw; `onUpgrade(request, socket, head)` gets the requests for a WebSocket, and closes what
 * comes of them. Returns `{ close() }`.
 */
export async function serve(port, handle, onError, { onUpgrade } = {}) {
  const server = http.createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error) => {
      if (response.headersSent) response.destroy();
      else onError(response, error);
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  if (onUpgrade) server.on('upgrade', onUpgrade);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return {
    port: server.address().port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
