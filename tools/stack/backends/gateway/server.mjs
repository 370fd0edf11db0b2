// A stand-in for the gateway in front of a Supabase project, one address for all that supabase-js talks to: /rest/v1 is
// PostgREST, /auth/v1 signs users in, /functions/v1 are the edge functions, /storage/v1 gives signed URLs, /realtime/v1
// tells of changes. Like the real one it insists on an `apikey`, so that a client that forgets it fails here and not in
// production. For development only.

import { publicJwk } from '../../settings/keys.mjs';
import { HOST } from '../../settings/ports.mjs';
import { BodyTooLarge, sendJson, serve } from '../http-server.mjs';
import { Realtime } from '../realtime/server.mjs';
import { AuthApi, AuthError } from './auth-api.mjs';
import { Forwarder } from './forward.mjs';
import { verifiedClaims } from './jwt.mjs';
import { StorageApi, StorageError } from './storage-api.mjs';
import { Users } from './users.mjs';

// Of each role; one user's page asks for a few things at once.
const CONNECTIONS = 5;

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
const SIGNED = '/object/sign';

/**
 * Starts the gateway. `databases` are configurations of `pg`: `auth` for auth.users, `owner`, and `callers` who may
 * become whoever asks; `objects` is the storage, an S3. `realtimeLimits` are for tests.
 * Returns `{ port, realtime, close() }`.
 */
export async function startGateway({ port, postgrestPort, functionsPort, keys, databases, objects, realtimeLimits }) {
  const { default: pg } = await import('pg');
  const pools = Object.fromEntries(Object.entries(databases).map(([name, database]) => [name, openPool(pg, database)]));
  const verification = { publicJwk: publicJwk(keys.signingKey), jwtSecret: keys.jwtSecret };
  const tokens = tokensOfKeys(keys);
  const verify = (token) => verifiedClaims(tokens.get(token) ?? token, verification);
  const realtime = new Realtime({
    verify,
    callers: pools.callers,
    connect: () => connectTo(pg, databases.owner),
    limits: realtimeLimits,
  });
  const gateway = new Gateway({
    tokens,
    auth: new AuthApi({ users: new Users(pools.auth), keys, supabaseUrl: `http://${HOST}:${port}` }),
    storage: new StorageApi({ database: pools.owner, objects, verify, jwtSecret: keys.jwtSecret }),
    postgrest: `http://${HOST}:${postgrestPort}`,
    functions: `http://${HOST}:${functionsPort}`,
  });
  const server = await serve(port, (request, response) => gateway.handle(request, response), answerError, {
    onUpgrade: (request, socket, head) => realtime.upgrade(request, socket, head),
  });
  return {
    port: server.port,
    realtime,
    async close() {
      await realtime.close();
      await server.close();
      gateway.close();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}

/** Each API key with the token whose role it has; a legacy key is one itself. */
function tokensOfKeys({ publishableKey, secretKey, legacy: { anonKey, serviceRoleKey } }) {
  return new Map([
    [publishableKey, anonKey],
    [secretKey, serviceRoleKey],
    [anonKey, anonKey],
    [serviceRoleKey, serviceRoleKey],
  ]);
}

function openPool(pg, database) {
  const pool = new pg.Pool({ ...database, max: CONNECTIONS });
  // An idle connection that breaks (Postgres was stopped) is replaced at the next query.
  pool.on('error', () => {});
  // One that breaks at work fails the query in progress.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function connectTo(pg, database) {
  const client = new pg.Client(database);
  // A server that goes away is reported by the query in progress.
  client.on('error', () => {});
  await client.connect();
  return client;
}

class Gateway {
  #tokens;
  #auth;
  #storage;
  #postgrest;
  #functions;
  #forwarder = new Forwarder();

  constructor({ tokens, auth, storage, postgrest, functions }) {
    this.#tokens = tokens;
    this.#auth = auth;
    this.#storage = storage;
    this.#postgrest = postgrest;
    this.#functions = functions;
  }

  async handle(request, response) {
    const url = new URL(request.url, 'http://localhost');
    // They answer for themselves, preflights included, and judge the token alone.
    if (below('/functions/v1', url.pathname) !== null)
      return this.#forwarder.forward(request, response, this.#functions + url.pathname + url.search);
    if (request.method === 'OPTIONS') return preflight(request, response);
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (url.pathname === '/auth/v1/.well-known/jwks.json') return this.#auth.jwks(response);
    const storage = below('/storage/v1', url.pathname);
    // A link is its own key.
    if (storage !== null && request.method !== 'POST') return this.#followLink(request, response, storage, url);
    const apiKey = request.headers.apikey ?? url.searchParams.get('apikey');
    if (!this.#tokens.has(apiKey)) return refuseApiKey(response, apiKey);
    if (storage !== null) return this.#storage.sign(request, response, signedName(storage));
    const auth = below('/auth/v1', url.pathname);
    if (auth !== null) return this.#auth.handle(request, response, auth, url);
    const rest = below('/rest/v1', url.pathname);
    if (rest !== null) return this.#forwardRest(request, response, apiKey, rest, url);
    return sendJson(response, 404, { message: 'no Route matched with those values' });
  }

  close() {
    this.#forwarder.close();
  }

  #forwardRest(request, response, apiKey, path, url) {
    url.searchParams.delete('apikey');
    // An opaque key is no token: it stands for its role where it is repeated or nothing else is said, and only there.
    const sent = request.headers.authorization ?? `Bearer ${apiKey}`;
    const authorization = sent === `Bearer ${apiKey}` ? `Bearer ${this.#tokens.get(apiKey)}` : sent;
    return this.#forwarder.forward(request, response, this.#postgrest + path + url.search, {
      without: ['apikey'],
      headers: { authorization },
      answerHeaders: CORS,
    });
  }

  #followLink(request, response, path, url) {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) throw new StorageError(405, 'InvalidRequest', 'The local stand-in signs URLs and follows them');
    const named = signedName(path);
    const target = this.#storage.target(named, url.searchParams.get('token'));
    return this.#forwarder.forward(request, response, target, {
      without: ['apikey', 'authorization', 'cookie'],
      answerHeaders: { ...CORS, ...attachment(url.searchParams.get('download'), named.key) },
    });
  }
}

/** The bucket and key of a path of signed URLs; anything else of Supabase Storage is not here. */
function signedName(path) {
  const name = below(SIGNED, path);
  if (name === null || name === '/')
    throw new StorageError(404, 'not_found', 'This path is not part of the local stand-in for Supabase Storage');
  return StorageApi.named(name);
}

/** What makes a browser save an object, under a name if one was given. */
function attachment(name, key) {
  if (name === null) return {};
  const fileName = encodeURIComponent(name === '' ? key.split('/').at(-1) : name);
  return { 'content-disposition': `attachment; filename*=UTF-8''${fileName}` };
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
    ? { message: 'Invalid API key', hint: 'Double check your API key.' }
    : { message: 'No API key found in request', hint: 'No `apikey` request header or url param was found.' };
  sendJson(response, 401, body);
}

function answerError(response, error) {
  if (error instanceof AuthError) return sendJson(response, error.status, error);
  if (error instanceof StorageError) return sendJson(response, 400, error.body);
  if (error instanceof BodyTooLarge) return sendJson(response, 413, { message: error.message });
  // What went wrong may quote what the client sent; the client learns only that it was not its fault.
  return sendJson(response, 503, {
    code: 503,
    error_code: 'unexpected_failure',
    msg: 'The local database or storage does not answer',
  });
}
