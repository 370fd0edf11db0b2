// Replies of Redis as Upstash's JSON.

import { RedisError, Status } from './resp.mjs';

/** `{result}` or `{error}`. With `base64` every stored text is encoded, so that any bytes survive JSON. */
export function envelope(reply, { base64 = false } = {}) {
  return reply instanceof RedisError ? { error: reply.message } : { result: jsonValue(reply, base64) };
}

/** A reply as a plain JSON value. */
export function jsonValue(reply, base64 = false) {
  if (reply === null || typeof reply === 'number') return reply;
  if (Array.isArray(reply)) return reply.map((entry) => jsonValue(entry, base64));
  if (reply instanceof RedisError) return reply.message;
  if (reply instanceof Status) return text(Buffer.from(reply.text), base64);
  return text(reply, base64);
}

function text(bytes, base64) {
  const plain = bytes.toString('utf8');
  // Upstash leaves this one word alone, and its client relies on it.
  return base64 && plain !== 'OK' ? bytes.toString('base64') : plain;
}
