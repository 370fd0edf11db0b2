// RESP2, the protocol that Redis speaks: commands out, replies in.

const CRLF = Buffer.from('\r\n');
const [STATUS, ERROR, INTEGER, BULK, ARRAY] = [...'+-:$*'].map((character) => character.charCodeAt(0));
// Redis nests replies a few levels deep (EXEC of XREAD is five). Deeper is no reply of Redis.
const MAX_DEPTH = 32;

/** An error reply of Redis. It is a value, not an exception: in a pipeline it is one answer of many. */
export class RedisError extends Error {
  name = 'RedisError';
}

/** A simple status reply such as OK, as opposed to a stored text. */
export class Status {
  constructor(text) {
    this.text = text;
  }
}

/** The bytes of a command. Arguments that are no text or bytes are sent as JSON, as Upstash does. */
export function encodeCommand(args) {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const argument of args) {
    const bytes = argumentBytes(argument);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

/** The bytes of a reply: the inverse of what `ReplyReader` does. */
export function encodeReply(value) {
  if (value === null) return Buffer.from('$-1\r\n');
  if (typeof value === 'number') return Buffer.from(`:${value}\r\n`);
  if (value instanceof Status) return Buffer.from(`+${value.text}\r\n`);
  if (value instanceof RedisError) return Buffer.from(`-${value.message}\r\n`);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from(`*${value.length}\r\n`), ...value.map(encodeReply)]);
  return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, CRLF]);
}

/** Turns the chunks that arrive on a socket into replies. */
export class ReplyReader {
  #chunks = [];
  #length = 0;
  #needed = 1;

  /**
   * Takes a chunk and returns the replies that are complete now. Texts are buffers; statuses,
   * errors, integers, null and arrays are themselves.
   */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // Joining on every chunk of a long reply would copy its beginning again and again.
    if (this.#length < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const cursor = new Cursor(bytes);
    const replies = [];
    let complete = 0;
    try {
      while (complete < bytes.length) {
        replies.push(cursor.value(0));
        complete = cursor.offset;
      }
      this.#needed = 1;
    } catch (error) {
      if (!(error instanceof Incomplete)) throw error;
      this.#needed = error.needed - complete;
    }
    const rest = bytes.subarray(complete);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return replies;
  }
}

class Incomplete extends Error {
  /** `needed`: how many bytes from the start of the buffer are needed at least. */
  constructor(needed) {
    super('incomplete reply');
    this.needed = needed;
  }
}

class Cursor {
  offset = 0;
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  value(depth) {
    if (depth > MAX_DEPTH) throw new Error('Redis sent a reply that is nested too deeply');
    const line = this.#line();
    const text = line.subarray(1);
    switch (line[0]) {
      case STATUS:
        return new Status(text.toString('utf8'));
      case ERROR:
        return new RedisError(text.toString('utf8'));
      case INTEGER:
        return Number(text.toString('latin1'));
      case BULK:
        return this.#bulk(Number(text.toString('latin1')));
      case ARRAY:
        return this.#array(Number(text.toString('latin1')), depth);
      default:
        throw new Error('Redis sent something that is no RESP2 reply');
    }
  }

  #line() {
    const end = this.#bytes.indexOf(CRLF, this.offset);
    if (end < 0) throw new Incomplete(this.#bytes.length + 1);
    const line = this.#bytes.subarray(this.offset, end);
    this.offset = end + CRLF.length;
    return line;
  }

  #bulk(length) {
    if (length < 0) return null;
    const end = this.offset + length;
    if (this.#bytes.length < end + CRLF.length) throw new Incomplete(end + CRLF.length);
    const value = this.#bytes.subarray(this.offset, end);
    this.offset = end + CRLF.length;
    return value;
  }

  #array(length, depth) {
    if (length < 0) return null;
    const values = [];
    for (let index = 0; index < length; index += 1) values.push(this.value(depth + 1));
    return values;
  }
}

function argumentBytes(argument) {
  if (Buffer.isBuffer(argument)) return argument;
  return Buffer.from(typeof argument === 'string' ? argument : JSON.stringify(argument));
}
