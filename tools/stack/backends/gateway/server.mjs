// A stand-in for the gateway in front of a Supabase project: /rest/v1 is PostgREST, /auth/v1 signs
// users in. Like the real one it insists on an `apikey`, so that a client that forgets it fails here
// and not in production. For development only.

import http from 'node:http';
import { HOST } from '../../settings/ports.mjs';
import { sendJson, serve } from '../http-server.mjs';
import { AuthApi, AuthError } from './auth-api.mjs';
import { Users } from './users.mjs';

// PostgREST closes idle connections after 30 s; ours must be gone before that.
const UPSTREAM_IDLE_MS = 20_000;
const UPSTREAM_CONNECTIONS = 128;
const AUTH_CONNECTIONS = 5;

const CORS = Object.freeze({
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'content-encoding, content-location, content-range, content-type, date, location, server, transfer-encoding, range-unit',
});
const PREFLIGHT = Object.freeze({
  ...CORS,
  'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS',
  'access-control-max-age': '3600',
});
// These belong to one connection and are not passed on (RFC 9110, 7.6.1).
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

/**
 * Starts the gateway. `authDatabase` is the configuration of a `pg` pool for auth.users.
 * Returns `{ port, close() }`.
 */
export async function startGateway({ port, postgrestPort, keys, authDatabase }) {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ ...authDatabase, max: AUTH_CONNECTIONS });
  // An idle connection that breaks (Postgres was stopped) is replaced at the next query.
  pool.on('error', () => {});
  const gateway = new Gateway({ postgrestPort, keys, users: new Users(pool), supabaseUrl: `http://${HOST}:${port}` });
  const server = await serve(port, (request, response) => gateway.handle(request, response), answerError);
  return {
    port: server.port,
    async close() {
      await server.close();
      gateway.close();
      await pool.end();
    },
  };
}

class Gateway {
  #apiKeys;
  #auth;
  #postgrest;
  #agent = new http.Agent({ keepAlive: true, maxSockets: UPSTREAM_CONNECTIONS, timeout: UPSTREAM_IDLE_MS });

  constructor({ postgrestPort, keys, users, supabaseUrl }) {
    this.#postgrest = { host: HOST, port: postgrestPort, agent: this.#agent };
    this.#apiKeys = new Set([keys.anonKey, keys.serviceRoleKey]);
    this.#auth = new AuthApi({ users, keys, supabaseUrl });
  }

  async handle(request, response) {
    const url = new URL(request.url, 'http://localhost');
    if (request.method === 'OPTIONS') return preflight(request, response);
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (url.pathname === '/auth/v1/.well-known/jwks.json') return this.#auth.jwks(response);
    const apiKey = request.headers.apikey ?? url.searchParams.get('apikey');
    if (!this.#apiKeys.has(apiKey)) return refuseApiKey(response, apiKey);
    const auth = below('/auth/v1', url.pathname);
    if (auth !== null) return this.#auth.handle(request, response, auth, url);
    const rest = below('/rest/v1', url.pathname);
    if (rest !== null) return this.#forward(request, response, apiKey, rest, url);
    return sendJson(response, 404, { message: 'no Route matched with those values' });
  }

  close() {
    this.#agent.destroy();
  }

  #forward(request, response, apiKey, path, url) {
    url.searchParams.delete('apikey');
    const headers = { ...request.headers, authorization: request.headers.authorization ?? `Bearer ${apiKey}` };
    for (const name of [...HOP_BY_HOP, 'apikey', 'host']) delete headers[name];
    return new Promise((resolve) => {
      const upstream = http.request({ ...this.#postgrest, method: request.method, path: path + url.search, headers });
      upstream.on('response', (answer) => {
        const answerHeaders = { ...answer.headers, ...CORS };
        for (const name of HOP_BY_HOP) delete answerHeaders[name];
        response.writeHead(answer.statusCode, answerHeaders);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        resolve();
      });
      upstream.on('error', () => {
        if (response.headersSent) response.destroy();
        else sendJson(response, 503, { message: 'name resolution failed' });
        resolve();
      });
      // A client that goes away takes its request with it.
      response.on('close', () => upstream.destroy());
      request.pipe(upstream);
    });
  }
}

/** The part of a path behind a prefix, or null when it is not below it. */
function below(prefix, path) {
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null;
}

function preflight(request, response) {
  const asked = request.headers['access-control-request-headers'];
  response.writeHead(204, { ...PREFLIGHT, 'access-control-allow-headers': asked ?? '*' });
  response.end();
}

function refuseApiKey(response, apiKey) {
  const body = apiKey
    ? { message: 'Invalid API key', hint: 'Double check your Supabase `anon` or `service_role` API key.' }
    : { message: 'No API key found in request', hint: 'No `apikey` request header or url param was found.' };
  sendJson(response, 401, body);
}

function answerError(response, error) {
  if (error instanceof AuthError) return sendJson(response, error.status, error);
  // What went wrong may quote what the client sent; the client learns only that it was not its fault.
  return sendJson(response, 503, {
    code: 503,
    error_code: 'unexpected_failure',
    msg: 'The local user database does not answer',
  });
}
