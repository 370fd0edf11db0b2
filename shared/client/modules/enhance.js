// Better prompts, read along while a model writes them.

/** @import { EnhanceOptions, EnhanceReply, EnhanceRequest } from './types.js' */
/** @import { Transport } from './transport.js' */

import { errorOfBody, OurVidzError, tooSlow } from './errors.js';
import { readFrames } from './sse.js';
import { limit } from './waiting.js';

const PATH = '/functions/v1/enhance-prompt';
// The edge gives its models ten seconds in all, and answers by itself after that.
const TIMEOUT_MS = 30_000;

/**
 * @param {Transport} transport
 * @param {EnhanceRequest} body
 * @param {EnhanceOptions} options
 * @returns {Promise<EnhanceReply>}
 */
export async function enhance(transport, body, { onToken, signal, timeoutMs = TIMEOUT_MS }) {
  if (onToken) {
    const answer = await readAlong(transport, body, onToken, signal, timeoutMs);
    if (answer) return answer;
  }
  // Asking again is harmless: it orders nothing.
  return transport.json('POST', PATH, { body, signal, timeoutMs, repeatable: true });
}

/**
 * The answer of the stream; undefined where there is none to be had.
 * @param {Transport} transport
 * @param {EnhanceRequest} body
 * @param {NonNullable<EnhanceOptions['onToken']>} onToken
 * @param {AbortSignal | undefined} signal
 * @param {number} timeoutMs
 * @returns {Promise<EnhanceReply | undefined>}
 */
async function readAlong(transport, body, onToken, signal, timeoutMs) {
  const patience = limit(signal, timeoutMs);
  let soFar = '';
  try {
    const headers = { accept: 'text/event-stream, application/json' };
    const response = await transport.send('POST', PATH, {
      body: { ...body, stream: true },
      headers,
      signal: patience.signal,
    });
    if (/^application\/json\b/.test(response.headers.get('content-type') ?? '')) return await response.json();
    if (!response.body) return undefined;
    for await (const frames of readFrames(response.body)) {
      for (const { event, data = '{}' } of frames) {
        if (event === 'token') {
          const { text } = JSON.parse(data);
          soFar += text;
          onToken(text, soFar);
        } else if (event === 'reset') {
          // What was read along is void: another worker begins anew.
          soFar = '';
          onToken('', soFar);
        }
        if (event === 'result') return JSON.parse(data);
        if (event === 'error') throw errorOfStream(JSON.parse(data));
      }
    }
    // Cut off before the result.
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (patience.expired) throw tooSlow();
    // An older edge knows no `stream`; a network that breaks may let the whole answer through.
    if (error instanceof OurVidzError && (error.code === 'network' || error.details.field === 'stream'))
      return undefined;
    throw error;
  } finally {
    patience.close();
  }
}

/** @param {unknown} body */
function errorOfStream(body) {
  const { status } = /** @type {{ status?: number }} */ (body ?? {});
  return errorOfBody(body, status ?? 500);
}
