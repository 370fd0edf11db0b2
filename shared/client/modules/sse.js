// Server-Sent Events over fetch, because EventSource cannot send an Authorization header.

/** @import { Frame } from './types.js' */

import { noAnswer } from './errors.js';

// A frame that never ends would fill the memory; the edge's are a few hundred bytes.
const LONGEST_FRAME = 1_000_000;

/**
 * The frames of a stream as they arrive: one array for each piece of the network, empty where a piece ends no frame.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<Frame[], void, void>}
 */
export async function* readFrames(body) {
  const reader = body.getReader();
  // Keeps the bytes of a character that the network cut in two.
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw noAnswer(error);
      });
      // What was cut off for good is no event: whoever resumes gets it whole.
      if (done) return;
      const texts = (rest + decoder.decode(value, { stream: true })).split(/\r\n\r\n|\n\n|\r\r/);
      rest = texts.pop() ?? '';
      if (rest.length > LONGEST_FRAME) throw noAnswer(new Error('An event of the stream does not end.'));
      yield texts.map(parseFrame);
    }
  } finally {
    // Also when the consumer stops early: the connection must not stay open behind it.
    reader.cancel().catch(() => {});
  }
}

/**
 * One frame's fields. A comment alone has none, and counts as a sign of life.
 * @param {string} text
 * @returns {Frame}
 */
export function parseFrame(text) {
  /** @type {Frame} */
  const frame = { event: 'message' };
  /** @type {string[]} */
  const data = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === 'data') data.push(value);
    else if (name === 'id' || name === 'event') frame[name] = value;
    else if (name === 'retry' && /^\d+$/.test(value)) frame.retry = Number(value);
  }
  if (data.length > 0) frame.data = data.join('\n');
  return frame;
}
