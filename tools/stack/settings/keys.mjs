// The secrets of one stack: made once from the system's randomness, kept in `keys.json` (readable
// only by its owner), and never printed except by the commands that exist for it.

import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { signEs256, signHs256 } from '../backends/gateway/jwt.mjs';

const DAY_SECONDS = 24 * 60 * 60;
// Supabase's legacy API keys are valid for ten years; one that must go sooner is revoked by changing the
// secret that signs it.
const API_KEY_DAYS = 3650;
// HS256 wants at least as many bytes as its digest has (RFC 7518, 3.2).
const SIGNING_SECRET_BYTES = 32;
const TOKEN_BYTES = 24;
// The prefix and the base64 form of secrets are those of Standard Webhooks.
const WEBHOOK_PREFIX = 'whsec_';

/** The secrets of the stack at `layout`; makes and stores them when there are none yet. */
export function loadOrCreateKeys(layout) {
  const existing = readKeys(layout);
  const fresh = createKeys();
  if (existing && Object.keys(fresh).every((name) => name in existing)) return existing;
  // A stack of before gets what it lacks.
  const keys = { ...fresh, ...existing };
  // Written beside and renamed, so that an interrupted first start leaves no half file.
  const temporary = `${layout.keysFile}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  fs.renameSync(temporary, layout.keysFile);
  return keys;
}

/** The secrets of the stack at `layout`, or null when it has none. */
export function readKeys(layout) {
  let text;
  try {
    text = fs.readFileSync(layout.keysFile, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw new Error(`${layout.keysFile} can't be read (${error.code}). Is it another user's stack?`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${layout.keysFile} is damaged. Start anew with \`npm start -- --fresh\`.`);
  }
}

/** Fresh secrets for a local stack. */
export function createKeys() {
  const jwtSecret = createJwtSecret();
  const signingKey = createSigningKey();
  return {
    jwtSecret,
    signingKey,
    // Published beside the one that signs, as a project does that is about to rotate.
    standbyKey: createSigningKey(),
    publishableKey: opaqueKey('publishable'),
    secretKey: opaqueKey('secret'),
    edgeDbJwt: createEdgeDbJwt({ signingKey }, API_KEY_DAYS),
    // What a project has until it moves to the keys above.
    legacy: {
      anonKey: roleToken('anon', { jwtSecret }, API_KEY_DAYS),
      serviceRoleKey: roleToken('service_role', { jwtSecret }, API_KEY_DAYS),
      edgeDbJwt: createEdgeDbJwt({ jwtSecret }, API_KEY_DAYS),
    },
    ...createEdgeSecrets(),
    upstashToken: token(),
    upstashReadOnlyToken: token(),
    s3AccessKeyId: 'local',
    s3SecretAccessKey: token(),
    databasePasswords: { supabaseAdmin: token(), postgres: token(), authenticator: token(), authAdmin: token() },
  };
}

/** The secrets that only the edge functions and the workers share. */
export function createEdgeSecrets() {
  return {
    workerCallbackSecret: `${WEBHOOK_PREFIX}${randomBytes(32).toString('base64')}`,
    callbackTokenSecret: randomBytes(32).toString('hex'),
    adminSecret: token(),
  };
}

/**
 * A worker's own key, which follows from its name and WORKER_CALLBACK_SECRET: the edge makes it anew for each message
 * and stores nothing.
 */
export function workerKey(callbackSecret, name) {
  const shared = Buffer.from(callbackSecret.slice(WEBHOOK_PREFIX.length), 'base64');
  const key = createHmac('sha256', shared).update(`ourvidz.worker-secret.v1\0${name}`).digest('base64');
  return `${WEBHOOK_PREFIX}${key}`;
}

/** A secret to sign HS256 tokens with. */
export function createJwtSecret() {
  return randomBytes(SIGNING_SECRET_BYTES).toString('base64url');
}

/** The token with which the edge functions act on the database, signed by `{ signingKey }` or `{ jwtSecret }`. */
export function createEdgeDbJwt(signer, days) {
  return roleToken('ourvidz_edge', signer, days);
}

/**
 * The ES256 key of a text that `supabase gen signing-key` wrote, or of a file `signing_keys.json` with several:
 * the first, which is the one that signs. Fails without quoting the text.
 */
export function parseSigningKey(text) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('The signing key is not JSON.');
  }
  const [key] = [parsed].flat();
  const isPrivate = key?.kty === 'EC' && key.crv === 'P-256' && ['x', 'y', 'd', 'kid'].every((part) => key[part]);
  if (!isPrivate) throw new Error('The signing key has to be a private ES256 key (kty EC, crv P-256) with a kid.');
  return key;
}

/** The part of a signing key that anybody may have. */
export function publicJwk({ kty, crv, x, y, kid }) {
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'] };
}

/** All keys of sessions that anybody may have. A stack of before had one. */
export function publicJwks({ signingKey, standbyKey }) {
  return [signingKey, standbyKey].filter(Boolean).map(publicJwk);
}

function roleToken(role, { signingKey, jwtSecret }, days) {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { iss: 'supabase', role, iat: issuedAt, exp: issuedAt + days * DAY_SECONDS };
  return signingKey ? signEs256(claims, signingKey) : signHs256(claims, jwtSecret);
}

// As Supabase's look: opaque, and told apart by their beginning.
function opaqueKey(kind) {
  return `sb_${kind}_${randomBytes(16).toString('base64url')}_${randomBytes(6).toString('base64url')}`;
}

function createSigningKey() {
  // By way of DER: to export a freshly generated key object as a JWK can deadlock in Node 20, when
  // the garbage collector runs meanwhile and frees the job that made the key.
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const jwk = createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' }).export({ format: 'jwk' });
  return { ...jwk, kid: randomUUID() };
}

function token() {
  return randomBytes(TOKEN_BYTES).toString('hex');
}
