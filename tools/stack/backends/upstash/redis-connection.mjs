// One connection to Redis that answers in order. Many requests share it: Redis handles commands one
// after the other anyway, and pipelining them saves round trips.

import net from 'node:net';
import { encodeCommand, ReplyReader } from './resp.mjs';

const DEFAULT_PORT = 6379;

/** Redis did not answer: it is down, or went down in between. */
export class ConnectionLost extends Error {
  constructor(cause) {
    super(`the connection to Redis was lost${cause ? ` (${cause.code ?? cause.message})` : ''}`, { cause });
  }
}

export class RedisConnection {
  #socket;
  #waiting = [];
  #reader = new ReplyReader();
  #onPush;
  #onClose;
  #closed = false;

  /**
   * `url` is a parsed redis:// address. `onPush(reply)` hears what nobody asked for (published
   * messages), `onClose()` of the end of the connection.
   */
  constructor(url, { onPush = () => {}, onClose = () => {} } = {}) {
    this.#onPush = onPush;
    this.#onClose = onClose;
    this.#socket = net.connect({ host: url.hostname, port: Number(url.port || DEFAULT_PORT), noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(null));
    // If these fail, so does every command after them, and there it is told.
    for (const command of greeting(url)) this.send([command]).catch(() => {});
  }

  get isClosed() {
    return this.#closed;
  }

  /**
   * Sends commands together and resolves with one reply each; an error reply is a `RedisError` value.
   * Rejects with `ConnectionLost` when an answer will never come.
   */
  send(commands) {
    if (this.#closed) return Promise.reject(new ConnectionLost());
    if (commands.length === 0) return Promise.resolve([]);
    const replies = commands.map(() => new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
    this.#socket.write(Buffer.concat(commands.map(encodeCommand)));
    return Promise.all(replies);
  }

  /** Sends a command whose answers go to `onPush`, such as SUBSCRIBE. */
  stream(command) {
    this.#socket.write(encodeCommand(command));
  }

  close() {
    this.#socket.destroy();
    this.#end(null);
  }

  #receive(chunk) {
    let replies;
    try {
      replies = this.#reader.push(chunk);
    } catch (error) {
      this.#socket.destroy();
      this.#end(error);
      return;
    }
    for (const reply of replies) {
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(reply);
      else this.#onPush(reply);
    }
  }

  #end(error) {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new ConnectionLost(error));
    this.#onClose();
  }
}

function greeting({ username, password, pathname }) {
  const commands = [];
  if (password)
    commands.push(['AUTH', ...(username ? [decodeURIComponent(username)] : []), decodeURIComponent(password)]);
  if (pathname && pathname.length > 1) commands.push(['SELECT', pathname.slice(1)]);
  return commands;
}
