// What passes between the runtime and a wasm module, each in one crossing: header by header and piece by piece, each is
// a call out of wasm, a text to write and read, and for each piece a promise.

// Names and values one below the other: no header can hold a line break.
const pairs = (lines) => {
  const parts = lines === '' ? [] : lines.split('\n');
  return Array.from({ length: parts.length / 2 }, (_, nth) => [parts[2 * nth], parts[2 * nth + 1]]);
};
const lines = (headers) => [...headers].flat().join('\n');

const NOTHING = new Uint8Array();
const TOO_LONG = { status: 0, failure: 'too long' };
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/**
 * A request with those of its headers that are among `names`. Of a body that is longer than `most`, `drained` bytes are
 * read and nothing is kept. `failure` says why it did not arrive whole.
 */
export async function read(request, names, most, drained) {
  const { method, url, headers, body } = request;
  const known = names.split(' ').flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [name, value];
  });
  const head = { method, url, headers: known.join('\n') };
  if (BODILESS.has(method) || body === null) return { ...head, body: NOTHING };
  const announced = headers.get('content-length');
  try {
    // It is also the most that arrives.
    const isShort = announced !== null && Number(announced) <= most;
    return { ...head, body: isShort ? new Uint8Array(await request.arrayBuffer()) : await upTo(most, drained, body) };
  } catch (error) {
    return { ...head, failure: String(error) };
  }
}

/** An answer. What is passed on unread is a stream. */
export function respond(status, headers, body) {
  return new Response(body, { status, headers: pairs(headers) });
}

/**
 * Sends a request, to `service` or into the net. How the answer's body is `wanted`: `whole` where its sender is trusted
 * to send no more than `most`, `bounded` where not, `stream`, or `none`. Resolves in any case; `status` is 0 and
 * `failure` says why where no answer came. The clock goes on while the body is read.
 */
export async function send(service, method, url, headers, body, milliseconds, most, wanted) {
  const signal = AbortSignal.timeout(milliseconds);
  // A backend that redirects is misconfigured, and a token must not follow it anywhere.
  const init = { method, headers: pairs(headers), body, redirect: 'manual', signal };
  try {
    if (service === undefined) return await received(await fetch(url, init), method, most, wanted);
    // A service binding knows no signal.
    return await Promise.race([
      service.fetch(url, init).then((answer) => received(answer, method, most, wanted)),
      new Promise((_, reject) => signal.addEventListener('abort', reject)),
    ]);
  } catch {
    return { status: 0, failure: signal.aborted ? 'timeout' : 'unreachable' };
  }
}

async function received(answer, method, most, wanted) {
  const { status, body } = answer;
  const head = { status, headers: lines(answer.headers) };
  if (wanted === 'stream') return { ...head, stream: body ?? undefined };
  // The answer to HEAD announces the length of what it does not bring.
  const isTooLong = method !== 'HEAD' && Number(answer.headers.get('content-length')) > most;
  if (wanted === 'none' || isTooLong) {
    await body?.cancel();
    return wanted === 'none' ? { ...head, body: NOTHING } : TOO_LONG;
  }
  if (body === null) return { ...head, body: NOTHING };
  const bytes = wanted === 'whole' ? new Uint8Array(await answer.arrayBuffer()) : await upTo(most, most, body);
  return bytes === undefined || bytes.length > most ? TOO_LONG : { ...head, body: bytes };
}

/** The body, read no further than `drained`; undefined where it is longer than `most`. */
async function upTo(most, drained, body) {
  const [pieces, reader] = [[], body.getReader()];
  let arrived = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    arrived += piece.value.length;
    if (arrived > drained) {
      await reader.cancel();
      break;
    }
    if (arrived <= most) pieces.push(piece.value);
  }
  return arrived <= most ? new Uint8Array(await new Blob(pieces).arrayBuffer()) : undefined;
}
