// A stand-in for Supabase's Realtime: Phoenix's protocol over WebSocket, and of its features the changes of rows
// (`postgres_changes`). Everybody is told of rows that Postgres lets them read, and of no others. Broadcast, presence
// and private channels are not here. For development only.

import { STATUS_CODES } from 'node:http';
import { WebSocketServer } from 'ws';
import { isCaller } from '../postgres/caller.mjs';
import { Access } from './access.mjs';
import { Changes } from './changes.mjs';
import { Connection } from './connection.mjs';
import { VERSIONS } from './wire.mjs';

export const REALTIME_PATH = '/realtime/v1/websocket';

/** How much the clients of a development machine may take. */
export const LIMITS = Object.freeze({
  connections: 200,
  // Far above any join.
  messageBytes: 64 * 1024,
  // Some hundred changes that nobody reads.
  unreadBytes: 1024 * 1024,
  // How long the others wait for one who does not read, before it is cut off.
  patienceMs: 5000,
  // Clients send a heartbeat each 25 seconds; Phoenix waits as long as this.
  silenceMs: 60_000,
});
// How often silent clients are looked for, in one silence.
const LOOKS_PER_SILENCE = 4;

/**
 * - `verify(token)`: its claims, or null.
 * - `callers`: a `pg` pool of a role that may become the callers; `connect()`: a connection that may replicate.
 */
export class Realtime {
  #verify;
  #limits;
  #access;
  #changes;
  #connections = new Set();
  #webSockets;
  #watch;

  constructor({ verify, callers, connect, limits = LIMITS }) {
    this.#verify = verify;
    this.#limits = limits;
    this.#access = new Access(callers);
    this.#changes = new Changes({ connect, tell: (changes) => this.#tell(changes), lost: () => this.#lost() });
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false,
    });
    this.#watch = setInterval(() => this.#endSilent(), limits.silenceMs / LOOKS_PER_SILENCE);
    this.#watch.unref();
  }

  /** Whether a row change would be noticed: somebody listens. */
  get isListening() {
    return [...this.#connections].some(({ listening }) => listening.length > 0);
  }

  /** How many clients are connected. */
  get size() {
    return this.#connections.size;
  }

  /** Answers a request for a WebSocket. */
  upgrade(request, socket, head) {
    socket.on('error', () => socket.destroy());
    const url = urlOf(request);
    if (url === null) return refuse(socket, 400);
    const apiKey = url.searchParams.get('apikey');
    const version = url.searchParams.get('vsn') ?? VERSIONS[0];
    if (url.pathname !== REALTIME_PATH) return refuse(socket, 404);
    if (apiKey === null || this.claimsOf(apiKey) === null) return refuse(socket, 403);
    if (!VERSIONS.includes(version)) return refuse(socket, 400);
    if (this.#connections.size >= this.#limits.connections) return refuse(socket, 503);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const limits = this.#limits;
      this.#connections.add(new Connection({ socket: webSocket, version, apiKey, server: this, limits }));
    });
  }

  /** The claims of a token that may listen at all, or null. */
  claimsOf(token) {
    const claims = this.#verify(token);
    return isCaller(claims) ? claims : null;
  }

  readable(claims) {
    return this.#access.readable(claims);
  }

  listen() {
    return this.#changes.listen();
  }

  /** Channels have come or gone. */
  changed() {
    if (!this.isListening) void this.#changes.stop();
  }

  gone(connection) {
    this.#connections.delete(connection);
  }

  async close() {
    clearInterval(this.#watch);
    for (const connection of this.#connections) connection.terminate();
    await this.#changes.stop();
  }

  async #tell(changes) {
    const listening = [...this.#connections].flatMap((connection) =>
      connection.listening.map((channel) => this.#tellChannel(connection, channel, changes)),
    );
    await Promise.all(listening);
  }

  async #tellChannel(connection, channel, changes) {
    const wanted = new Map(
      changes.map((change) => [change, channel.idsFor(change)]).filter(([, ids]) => ids.length > 0),
    );
    if (wanted.size === 0) return;
    const { claims } = channel;
    const visible = await this.#access.visible(claims, [...wanted.keys()]);
    for (const [change, ids] of wanted) {
      // Meanwhile it may have left, or have become somebody else's.
      if (!connection.has(channel) || channel.claims.sub !== claims.sub) return;
      if (visible.has(change)) await connection.tell(channel, channel.payload(change, ids));
    }
  }

  #lost() {
    for (const connection of this.#connections) connection.fail();
  }

  #endSilent() {
    const earliest = performance.now() - this.#limits.silenceMs;
    for (const connection of this.#connections) if (connection.heardAt < earliest) connection.terminate();
  }
}

function urlOf(request) {
  try {
    return new URL(request.url, 'http://localhost');
  } catch {
    return null;
  }
}

function refuse(socket, status) {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
