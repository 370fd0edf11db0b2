// One client's WebSocket: joins, tokens, heartbeats. What it does not read is bounded, and so is what it sends.

import { Channel, Refused, readSubscriptions } from './channel.mjs';
import { decode, encode } from './wire.mjs';

// Supabase's default for a client.
const MAX_CHANNELS = 100;
// Messages that wait for an answer before no more are read.
const MAX_PENDING = 16;
// Beyond this setTimeout fires at once; the keys of the API are valid for years.
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const UNSUPPORTED_DATA = 1003;

export class Connection {
  #socket;
  #version;
  #apiKey;
  #server;
  #limits;
  #channels = new Map();
  #timers = new Map();
  #queue = Promise.resolve();
  #pending = 0;
  /** Until the last message is in the system's hands, or will never be. */
  #written = Promise.resolve();

  /** `server` has `claimsOf(token)`, `readable(claims)`, `listen()` and `changed()`, when channels came or went. */
  constructor({ socket, version, apiKey, server, limits }) {
    this.#socket = socket;
    this.#version = version;
    this.#apiKey = apiKey;
    this.#server = server;
    this.#limits = limits;
    this.heardAt = performance.now();
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    // Whatever is wrong with a connection, its close follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  /** The channels that listen to changes of rows. */
  get listening() {
    return [...this.#channels.values()].filter(({ subscriptions }) => subscriptions.length > 0);
  }

  has(channel) {
    return this.#channels.get(channel.topic) === channel;
  }

  /** Tells a channel of a change, unless its token has just run out. Resolves when there is room for more. */
  async tell(channel, payload) {
    if (channel.claims.exp * 1000 <= Date.now()) return this.#expire(channel);
    this.#push(channel, 'postgres_changes', payload);
    await this.#room();
  }

  // A client that does not read is cut off: what waits for it must not fill the memory, nor keep the others waiting.
  async #room() {
    if (this.#hasRoom) return;
    let timer;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#limits.patienceMs);
    });
    await Promise.race([this.#written, patience]);
    clearTimeout(timer);
    if (!this.#hasRoom) this.terminate();
  }

  get #hasRoom() {
    return this.#socket.bufferedAmount <= this.#limits.unreadBytes;
  }

  /** Something was missed: the client joins anew, and its page reads anew. */
  fail() {
    for (const channel of [...this.#channels.values()]) {
      this.#push(channel, 'phx_error', {});
      this.#remove(channel);
    }
  }

  terminate() {
    this.#socket.terminate();
  }

  #received(data, isBinary) {
    this.heardAt = performance.now();
    // Only broadcasts are binary.
    if (isBinary) return this.#socket.close(UNSUPPORTED_DATA, 'broadcast is not part of the local stand-in');
    const message = decode(data.toString('utf8'), this.#version);
    if (message === null) return this.#socket.close(UNSUPPORTED_DATA, 'not a message');
    this.#pending += 1;
    if (this.#pending === MAX_PENDING) this.#socket.pause();
    this.#queue = this.#queue.then(() => this.#handle(message)).then(() => this.#handled());
  }

  #handled() {
    // Meanwhile nothing was read from it.
    this.heardAt = performance.now();
    this.#pending -= 1;
    if (this.#pending === MAX_PENDING - 1) this.#socket.resume();
  }

  async #handle(message) {
    try {
      const response = await this.#act(message);
      if (response !== undefined) await this.#reply(message, 'ok', response);
      if (message.event === 'phx_join') this.#subscribed(message.topic);
    } catch (error) {
      // What went wrong inside may quote what somebody wrote; the client learns only that it was not its fault.
      const reason = error instanceof Refused ? error.message : 'The local Realtime is not available';
      await this.#reply(message, 'error', { reason });
    }
  }

  /** What a message is answered with; undefined where nothing is. */
  #act(message) {
    const { topic, event } = message;
    if (topic === 'phoenix' && event === 'heartbeat') return {};
    if (event === 'phx_join') return this.#join(message);
    const channel = this.#channels.get(topic);
    if (!channel) throw new Refused('unmatched topic');
    if (event === 'phx_leave') return this.#leave(channel);
    if (event === 'access_token') return this.#renew(channel, message.payload);
    throw new Refused(`${event} is not part of the local stand-in`);
  }

  async #join({ topic, joinRef, ref, payload }) {
    if (!topic.startsWith('realtime:')) throw new Refused('unmatched topic');
    const before = this.#channels.get(topic);
    if (before) this.#remove(before);
    if (this.#channels.size >= MAX_CHANNELS) throw new Refused('ChannelRateLimitReached: Too many channels');
    const channel = new Channel({
      topic,
      joinRef: joinRef ?? ref,
      subscriptions: readSubscriptions(payload.config),
    });
    await this.#authorise(channel, payload.access_token ?? payload.user_token ?? this.#apiKey);
    if (this.#socket.readyState !== this.#socket.OPEN) return undefined;
    // First among those who listen, then listening: whoever leaves meanwhile must not end it.
    this.#channels.set(topic, channel);
    this.#expireInTime(channel);
    try {
      if (channel.subscriptions.length > 0) await this.#server.listen();
    } catch (error) {
      this.#remove(channel);
      throw error;
    }
    return channel.joined();
  }

  #subscribed(topic) {
    const channel = this.#channels.get(topic);
    if (channel?.subscriptions.length > 0) this.#system(channel, 'ok', 'postgres_changes', 'Subscribed to PostgreSQL');
  }

  #leave(channel) {
    this.#remove(channel);
    return {};
  }

  async #renew(channel, { access_token: token }) {
    if (token === null || token === undefined) return undefined;
    try {
      await this.#authorise(channel, token);
      if (this.has(channel)) this.#expireInTime(channel);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#end(channel, error.message);
    }
    return undefined;
  }

  async #authorise(channel, token) {
    const claims = typeof token === 'string' ? this.#server.claimsOf(token) : null;
    if (claims === null) throw new Refused('InvalidJWTToken: The token has expired, or is not of this project');
    channel.authorise(claims, await this.#server.readable(claims));
  }

  #expireInTime(channel) {
    clearTimeout(this.#timers.get(channel));
    const left = channel.claims.exp * 1000 - Date.now();
    if (left > LONGEST_TIMER_MS) return;
    this.#timers.set(
      channel,
      setTimeout(() => this.#expire(channel), left),
    );
  }

  #expire(channel) {
    if (this.has(channel)) this.#end(channel, 'InvalidJWTToken: Token has expired');
  }

  /** Ends a channel from here, and says why. */
  #end(channel, reason) {
    this.#system(channel, 'error', 'system', reason);
    this.#push(channel, 'phx_close', {}, channel.joinRef);
    this.#remove(channel);
  }

  #remove(channel) {
    if (!this.has(channel)) return;
    clearTimeout(this.#timers.get(channel));
    this.#timers.delete(channel);
    this.#channels.delete(channel.topic);
    this.#server.changed();
  }

  #closed() {
    for (const channel of [...this.#channels.values()]) this.#remove(channel);
    this.#server.gone(this);
  }

  #system(channel, status, extension, message) {
    this.#push(channel, 'system', { channel: channel.topic.replace('realtime:', ''), status, extension, message });
  }

  async #reply({ joinRef, ref, topic }, status, response) {
    await this.#room();
    this.#send({ joinRef, ref, topic, event: 'phx_reply', payload: { status, response } });
  }

  #push({ joinRef, topic }, event, payload, ref = null) {
    this.#send({ joinRef, ref, topic, event, payload });
  }

  #send(message) {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#written = new Promise((resolve) => this.#socket.send(encode(message, this.#version), resolve));
  }
}
