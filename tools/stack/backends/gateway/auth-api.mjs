// The part of Supabase Auth's API that a browser application needs: sign up, sign in (any password
// is right: this is a development machine), anonymous sign-in, refresh, sign out, who am I, JWKS.

import { publicJwk, publicJwks } from '../../settings/keys.mjs';
import { BodyTooLarge, readBody, sendJson } from '../http-server.mjs';
import { verifiedClaims } from './jwt.mjs';
import { ACCESS_TOKEN_SECONDS, issueAccessToken, publicUser } from './sessions.mjs';

// Far above any sign-in; a stand-in must not be a way to fill the memory.
const MAX_BODY_BYTES = 64 * 1024;
// RFC 5321, 4.5.3.1: no address is longer.
const MAX_EMAIL_LENGTH = 254;
const EMAIL = /^[^\s@"(),:;<>[\\\]]+@[^\s@.]+(\.[^\s@.]+)*$/;
const SCOPES = new Set(['global', 'local', 'others']);

/** An answer in the form of Supabase Auth's errors. */
export class AuthError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The JSON body. */
  toJSON() {
    return { code: this.status, error_code: this.code, msg: this.message };
  }
}

/** The handlers of `/auth/v1`, by method and path below it. */
export class AuthApi {
  #users;
  #keys;
  #supabaseUrl;
  #routes = {
    'POST /token': (context) => this.#token(context),
    'POST /signup': (context) => this.#signUp(context),
    'POST /logout': (context) => this.#logOut(context),
    'GET /user': (context) => this.#user(context),
    'GET /health': ({ response }) => sendJson(response, 200, { name: 'GoTrue', description: 'local stand-in' }),
  };

  constructor({ users, keys, supabaseUrl }) {
    this.#users = users;
    this.#keys = keys;
    this.#supabaseUrl = supabaseUrl;
  }

  /** The public keys; they need no API key. */
  jwks(response) {
    sendJson(response, 200, { keys: publicJwks(this.#keys) }, { 'cache-control': 'public, max-age=600' });
  }

  async handle(request, response, path, url) {
    const route = this.#routes[`${request.method} ${path}`];
    if (route) return route({ request, response, url });
    const allowed = Object.keys(this.#routes)
      .filter((key) => key.endsWith(` ${path}`))
      .map((key) => key.split(' ')[0]);
    if (allowed.length === 0)
      throw new AuthError(404, 'not_found', 'This path is not part of the local stand-in for Supabase Auth');
    response.setHeader('allow', allowed.join(', '));
    throw new AuthError(405, 'method_not_allowed', `Use ${allowed.join(' or ')}`);
  }

  async #token({ request, response, url }) {
    const grant = url.searchParams.get('grant_type');
    const body = await jsonObject(request);
    if (grant === 'password') return this.#password(body, response);
    if (grant === 'refresh_token') return this.#refresh(body, response);
    throw new AuthError(400, 'validation_failed', 'unsupported_grant_type');
  }

  async #password(body, response) {
    const email = requireEmail(body.email);
    requirePassword(body.password);
    await this.#answerSession(response, await this.#users.signIn(email));
  }

  async #refresh({ refresh_token: token }, response) {
    if (typeof token !== 'string' || token === '')
      throw new AuthError(400, 'validation_failed', 'refresh_token required');
    const session = await this.#users.takeRefreshToken(token);
    if (!session) throw new AuthError(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');
    const user = await this.#users.find(session.userId);
    if (!user) throw new AuthError(400, 'user_not_found', 'User from sub claim in JWT does not exist');
    await this.#answerSession(response, user, session.sessionId);
  }

  async #signUp({ request, response }) {
    const body = await jsonObject(request);
    const metadata = isObject(body.data) ? body.data : {};
    const anonymous = (body.email ?? '') === '' && (body.phone ?? '') === '';
    if (anonymous) return this.#answerSession(response, await this.#users.signInAnonymously(metadata));
    const email = requireEmail(body.email);
    requirePassword(body.password);
    return this.#answerSession(response, await this.#users.signIn(email, metadata));
  }

  async #logOut({ request, response, url }) {
    const scope = url.searchParams.get('scope') ?? 'global';
    if (!SCOPES.has(scope)) throw new AuthError(400, 'validation_failed', `Unsupported logout scope "${scope}"`);
    const { claims } = await this.#caller(request);
    await this.#users.endSessions(claims.sub, claims.session_id ?? null, scope);
    response.writeHead(204);
    response.end();
  }

  async #user({ request, response }) {
    const { user } = await this.#caller(request);
    sendJson(response, 200, publicUser(user));
  }

  async #caller(request) {
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new AuthError(401, 'no_authorization', 'This endpoint requires a Bearer token');
    const { signingKey, jwtSecret } = this.#keys;
    const claims = verifiedClaims(token, { publicJwk: publicJwk(signingKey), jwtSecret });
    if (!claims) throw new AuthError(403, 'bad_jwt', 'invalid JWT: unable to parse or verify signature');
    if (!isUuid(claims.sub)) throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim');
    const user = await this.#users.find(claims.sub);
    if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
    return { claims, user };
  }

  async #answerSession(response, user, existingSessionId) {
    const { token, expiresAt, sessionId } = issueAccessToken(user, {
      signingKey: this.#keys.signingKey,
      supabaseUrl: this.#supabaseUrl,
      sessionId: existingSessionId,
    });
    sendJson(
      response,
      200,
      {
        access_token: token,
        token_type: 'bearer',
        expires_in: ACCESS_TOKEN_SECONDS,
        expires_at: expiresAt,
        refresh_token: await this.#users.issueRefreshToken(user.id, sessionId),
        user: publicUser(user),
      },
      { 'cache-control': 'no-store' },
    );
  }
}

/** The address itself when it has the form of one; fails otherwise. */
export function requireEmail(email) {
  if (typeof email !== 'string' || email === '')
    throw new AuthError(400, 'validation_failed', 'missing email or phone');
  const trimmed = email.trim();
  if (trimmed.length > MAX_EMAIL_LENGTH || !EMAIL.test(trimmed)) {
    throw new AuthError(400, 'validation_failed', 'Unable to validate email address: invalid format');
  }
  return trimmed;
}

function requirePassword(password) {
  if (typeof password === 'string' && password !== '') return;
  throw new AuthError(400, 'validation_failed', 'A password is required (the local stack accepts any)');
}

async function jsonObject(request) {
  let body;
  try {
    body = await readBody(request, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new AuthError(413, 'request_too_large', error.message);
    throw error;
  }
  try {
    const value = JSON.parse(body.length === 0 ? '{}' : body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Falls through to the same answer as a body that is JSON, but no object.
  }
  throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON');
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUuid(value) {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
