// What the client's tests put in place of the network, the clock and the browser's tabs.

import assert from 'node:assert/strict';
import { Client } from '../../shared/client/modules/client.js';

export const JOB_ID = '22222222-2222-4222-8222-222222222222';
export const ORDER = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox in snow', num_images: 3 } };

/** A service that answers as `routes` say: `'METHOD /path'` to a function of the request. Keeps what was asked. */
export class FakeEdge {
  requests = [];
  /** How long the client paused, in milliseconds. */
  pauses = [];
  routes;

  constructor(routes = {}) {
    this.routes = routes;
  }

  fetch = async (url, { method, headers, body, signal }) => {
    signal?.throwIfAborted();
    const { pathname, search } = new URL(url, 'http://edge.example');
    const request = {
      method,
      path: pathname + search,
      headers,
      body: typeof body === 'string' ? JSON.parse(body) : body,
      signal,
    };
    this.requests.push(request);
    const answer = this.routes[`${method} ${pathname}`];
    assert.ok(answer, `nobody expected ${method} ${pathname}`);
    return answer(request, this.asked(method, pathname).length);
  };

  /** The requests of a kind so far. */
  asked(method, path) {
    return this.requests.filter((request) => request.method === method && request.path.split('?')[0] === path);
  }

  /** A client of this service, whose pauses take no time. */
  client(options = {}) {
    const timing = {
      random: () => 1,
      sleep: async (milliseconds, signal) => {
        signal?.throwIfAborted();
        this.pauses.push(milliseconds);
        // Lets everything else go on first, as a pause would.
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
      },
    };
    return new Client({
      baseUrl: 'http://edge.example',
      token: () => 'token',
      fetch: this.fetch,
      tabs: null,
      loadRules: async () => ({ validateJob: () => undefined, checkPolicy: () => undefined }),
      loadTokens: async () => assert.fail('nobody counts here'),
      ...options,
      timing: { ...timing, ...options.timing },
    });
  }
}

export function json(body, { status = 200, headers = {} } = {}) {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers },
  });
}

export function refusal(status, code, { headers, ...fields } = {}) {
  const retryable = status === 429 || status >= 500;
  return json(
    { success: false, error: `No: ${code}.`, code, retryable, requestId: 'r-1', ...fields },
    { status, headers },
  );
}

/** What `fetch` throws when the network fails. */
export function networkFailure() {
  return new TypeError('fetch failed');
}

/** A job as the service answers it. */
export function job(fields = {}) {
  return {
    success: true,
    id: JOB_ID,
    user_id: '1',
    status: 'queued',
    job_type: 'sdxl_image_fast',
    progress: 0,
    attempt: 1,
    cancelRequested: false,
    position: 1,
    etaSeconds: 9,
    waitingFor: 'the next free worker',
    assets: [],
    metadata: {},
    ...fields,
  };
}

/** An event as the stream writes it. */
export function frame(id, kind, data = {}, jobId = JOB_ID) {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ ...data, job_id: jobId, seq: id, at: '2026-01-01T00:00:00Z' })}\n\n`;
}

/** A stream of these pieces: texts or bytes go out, an Error breaks it, and without an end it stays open until it is aborted. */
export function stream(pieces, { signal, open = false } = {}) {
  const encoder = new TextEncoder();
  const rest = [...pieces];
  const body = new ReadableStream({
    start(controller) {
      signal?.addEventListener('abort', () => {
        try {
          controller.error(signal.reason);
        } catch {
          // It had ended.
        }
      });
    },
    pull(controller) {
      if (rest.length === 0) return open ? new Promise(() => {}) : controller.close();
      const piece = rest.shift();
      if (piece instanceof Error) return controller.error(piece);
      return controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** The error that a promise is rejected with. */
export async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it succeeded');
}
