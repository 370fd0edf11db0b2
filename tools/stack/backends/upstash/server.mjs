// A stand-in for Upstash's Redis REST API in front of the stack's Redis, faithful enough for
// Upstash's own client: https://upstash.com/docs/redis/features/restapi
//
//   POST /                      ["SET", "key", "value"]
//   GET|POST|PUT /set/key/value?EX=60     arguments in the path; a body is the last argument
//   POST /pipeline              several commands, each with its own answer
//   POST /multi-exec            the same as one transaction
//   /subscribe/x, /psubscribe/x, /monitor     server-sent events
//   Upstash-Encoding: base64, Upstash-Response-Format: resp2, token as Bearer or ?_token=
//
// Not here: the limits of Upstash's plans, eviction, Upstash-Sync-Token, Redis modules.

import { createHash, timingSafeEqual } from 'node:crypto';
import { BodyTooLarge, readBody, sendJson, serve } from '../http-server.mjs';
import { isCommand, refusal } from './commands.mjs';
import { envelope, jsonValue } from './json-replies.mjs';
import { ConnectionLost, RedisConnection } from './redis-connection.mjs';
import { encodeReply, RedisError } from './resp.mjs';

// Upstash's limit depends on the plan; this is the size of one request on its larger plans.
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT']);
const STREAMS = new Set(['subscribe', 'psubscribe', 'monitor']);

/** Starts the endpoint. Returns `{ port, close() }`. */
export async function startUpstashRest({ port, redisUrl, token, readOnlyToken }) {
  const endpoint = new Endpoint({ redisUrl, token, readOnlyToken });
  const server = await serve(port, (request, response) => endpoint.handle(request, response), answerError);
  return {
    port: server.port,
    async close() {
      endpoint.close();
      await server.close();
    },
  };
}

class Endpoint {
  #redisUrl;
  #tokenDigest;
  #readOnlyTokenDigest;
  #shared = null;
  #streams = new Set();

  constructor({ redisUrl, token, readOnlyToken }) {
    this.#redisUrl = new URL(redisUrl);
    this.#tokenDigest = digest(token);
    this.#readOnlyTokenDigest = readOnlyToken ? digest(readOnlyToken) : null;
  }

  async handle(request, response) {
    if (!METHODS.has(request.method)) throw new Refused(405, 'ERR method not allowed');
    const url = new URL(request.url, 'http://localhost');
    const readOnly = this.#authorise(request, url);
    const path = pathSegments(url);
    const options = {
      readOnly,
      base64: /base64/i.test(request.headers['upstash-encoding'] ?? ''),
      resp2: /resp2/i.test(request.headers['upstash-response-format'] ?? ''),
    };
    const first = (path[0] ?? '').toLowerCase();
    if (first === 'pipeline') return this.#pipeline(await batch(request, 'pipeline'), response, options);
    if (first === 'multi-exec') return this.#transaction(await batch(request, 'transaction'), response, options);
    if (STREAMS.has(first)) return this.#stream(path, response, options);
    return this.#command(await singleCommand(request, url, path), response, options);
  }

  close() {
    this.#shared?.close();
    for (const stream of this.#streams) stream.close();
  }

  /** Whether the request's token only allows reading; fails when it allows nothing. */
  #authorise(request, url) {
    const token = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? url.searchParams.get('_token');
    if (!token) throw new Refused(401, 'Unauthorized: missing auth token');
    const given = digest(token);
    if (timingSafeEqual(given, this.#tokenDigest)) return false;
    if (this.#readOnlyTokenDigest && timingSafeEqual(given, this.#readOnlyTokenDigest)) return true;
    throw new Refused(401, 'WRONGPASS invalid or missing auth token');
  }

  async #command(command, response, { readOnly, base64, resp2 }) {
    const refused = refusal(command, { readOnly });
    if (refused) throw new Refused(400, refused);
    const [reply] = await this.#redis().send([command]);
    const status = reply instanceof RedisError ? 400 : 200;
    if (!resp2) return sendJson(response, status, envelope(reply, { base64 }));
    response.writeHead(status, { 'content-type': 'application/octet-stream' });
    response.end(encodeReply(reply));
  }

  async #pipeline(commands, response, { readOnly, base64 }) {
    const refusals = commands.map((command) => refusal(command, { readOnly }));
    const replies = await this.#redis().send(commands.filter((_, index) => refusals[index] === null));
    const answers = refusals.map((refused) =>
      refused === null ? envelope(replies.shift(), { base64 }) : { error: refused },
    );
    sendJson(response, 200, answers);
  }

  async #transaction(commands, response, { readOnly, base64 }) {
    const refused = commands.map((command) => refusal(command, { readOnly })).find((reason) => reason !== null);
    if (refused) throw new Refused(400, refused);
    const [, ...replies] = await this.#redis().send([['MULTI'], ...commands, ['EXEC']]);
    const results = replies.pop();
    if (Array.isArray(results))
      return sendJson(
        response,
        200,
        results.map((reply) => envelope(reply, { base64 })),
      );
    // EXEC only says that something was wrong; what it was, the command's own reply says.
    const reason = replies.find((reply) => reply instanceof RedisError) ?? results;
    throw new Refused(400, reason?.message ?? 'ERR transaction discarded');
  }

  #stream(command, response, { readOnly }) {
    if (readOnly && command[0].toLowerCase() === 'monitor') throw new Refused(400, refusal(command, { readOnly }));
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
    });
    response.flushHeaders();
    // A subscribed connection can do nothing else, so each stream has its own.
    const connection = new RedisConnection(this.#redisUrl, {
      onPush: (reply) => response.write(`data: ${[jsonValue(reply)].flat().join(',')}\n\n`),
      onClose: () => {
        this.#streams.delete(connection);
        response.end();
      },
    });
    this.#streams.add(connection);
    connection.stream(command);
    response.on('close', () => connection.close());
  }

  #redis() {
    if (this.#shared === null || this.#shared.isClosed) this.#shared = new RedisConnection(this.#redisUrl);
    return this.#shared;
  }
}

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function answerError(response, error) {
  if (error instanceof Refused) return sendJson(response, error.status, { error: error.message });
  if (error instanceof BodyTooLarge) {
    return sendJson(response, 400, { error: `ERR max request size exceeded. Limit: ${error.limit} bytes` });
  }
  if (error instanceof ConnectionLost) return sendJson(response, 503, { error: `ERR ${error.message}` });
  return sendJson(response, 500, { error: 'ERR internal error of the local endpoint' });
}

async function batch(request, what) {
  const commands = await jsonBody(request, `ERR failed to parse ${what} request`);
  if (!Array.isArray(commands) || commands.length === 0 || !commands.every(isCommand)) {
    throw new Refused(400, `ERR failed to parse ${what} request`);
  }
  return commands;
}

async function singleCommand(request, url, path) {
  if (path.length === 0) {
    const command = await jsonBody(request, 'ERR failed to parse command');
    if (!isCommand(command)) throw new Refused(400, 'ERR failed to parse command');
    return command;
  }
  const command = [...path];
  if (request.method === 'POST' || request.method === 'PUT') {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body.length > 0) command.push(body);
  }
  for (const [name, value] of url.searchParams) {
    if (name !== '_token') command.push(name, ...(value === '' ? [] : [value]));
  }
  return command;
}

async function jsonBody(request, complaint) {
  const body = await readBody(request, MAX_BODY_BYTES);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refused(400, complaint);
  }
}

function pathSegments(url) {
  const segments = url.pathname.split('/').slice(1);
  if (segments.length === 1 && segments[0] === '') return [];
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw new Refused(400, 'ERR failed to parse the path');
  }
}

function digest(text) {
  return createHash('sha256').update(text).digest();
}
