// The entry point of every function: hands events to the Rust exports, and puts a new wasm instance
// in place after a panic. Rust answers everything else itself; only a panic or a trap is answered here.
import { WorkerEntrypoint } from 'cloudflare:workers';
import * as wasm from './index.js';

// Same rule as the Rust side: an id from outside is only repeated when it is short and plain.
const PLAIN_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const state = wasm.__worker_init_state(); // the worker crate's panic hook sets state.criticalError
const inFlight = new Set(); // one function per event in flight: it makes that event fail now

// The old instance can never answer: without this, its requests would hang until the runtime gives up.
function crashed(error) {
  state.criticalError = true;
  for (const fail of inFlight) fail(error);
  inFlight.clear();
}

// A panic after the first await has no caller: it arrives here.
addEventListener('error', (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) crashed(event.error);
});

async function enter(name, entry, event) {
  if (state.criticalError) {
    wasm.__wbg_reset_state();
    state.criticalError = false;
  }
  let fail;
  const crash = new Promise((_, reject) => {
    fail = reject;
    inFlight.add(fail);
  });
  try {
    return await Promise.race([wasm[name].call(entry, event, entry.env, entry.ctx), crash]);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) crashed(error);
    throw error;
  } finally {
    inFlight.delete(fail);
  }
}

function requestIdOf(request) {
  const given = request.headers.get('x-request-id') ?? '';
  return PLAIN_ID.test(given) ? given : crypto.randomUUID();
}

// The error shape of the API. Nothing about the cause: a message could hold what a user wrote.
function internalError(request, error) {
  const requestId = requestIdOf(request);
  console.error(JSON.stringify({ level: 'error', event: 'crashed', requestId, kind: error?.name ?? typeof error }));
  const body = {
    success: false,
    error: 'Something went wrong on our side.',
    code: 'internal',
    retryable: true,
    requestId,
  };
  return Response.json(body, { status: 500, headers: { 'x-request-id': requestId, 'cache-control': 'no-store' } });
}

const handlers = {
  async fetch(request) {
    try {
      return await enter('fetch', this, request);
    } catch (error) {
      return internalError(request, error);
    }
  },
  scheduled(event) {
    return enter('scheduled', this, event);
  },
  queue(batch) {
    return enter('queue', this, batch);
  },
};

export default class Entry extends WorkerEntrypoint {}
for (const [name, handler] of Object.entries(handlers)) {
  if (name in wasm) Entry.prototype[name] = handler; // only what the Rust side exports
}
