// The secrets of one stack: made once from the system's randomness, kept in `keys.json` (readable
// only by its owner), and never printed except by the commands that exist for it.

import { createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { signHs256 } from '../backends/gateway/jwt.mjs';

// Supabase's own API keys are valid for ten years; a key that must be rotated sooner is revoked by
// changing the secret that signs it.
const API_KEY_LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60;
// HS256 wants at least as many bytes as its digest has (RFC 7518, 3.2).
const SIGNING_SECRET_BYTES = 32;
const TOKEN_BYTES = 24;

/** The secrets of the stack at `layout`; makes and stores them when there are none yet. */
export function loadOrCreateKeys(layout) {
  const existing = readKeys(layout);
  if (existing) return existing;
  const keys = createKeys();
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
  return {
    jwtSecret,
    anonKey: apiKey('anon', jwtSecret),
    serviceRoleKey: apiKey('service_role', jwtSecret),
    edgeDbJwt: createEdgeDbJwt(jwtSecret),
    signingKey: createSigningKey(),
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
    // The prefix and the base64 form are those of Standard Webhooks.
    workerCallbackSecret: `whsec_${randomBytes(32).toString('base64')}`,
    callbackTokenSecret: randomBytes(32).toString('hex'),
    adminSecret: token(),
  };
}

/** A secret to sign HS256 tokens with. */
export function createJwtSecret() {
  return randomBytes(SIGNING_SECRET_BYTES).toString('base64url');
}

/** The token with which the edge functions act on the database. */
export function createEdgeDbJwt(jwtSecret) {
  return apiKey('ourvidz_edge', jwtSecret);
}

/** The part of a signing key that anybody may have. */
export function publicJwk({ kty, crv, x, y, kid }) {
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'] };
}

function apiKey(role, jwtSecret) {
  const issuedAt = Math.floor(Date.now() / 1000);
  return signHs256(
    { iss: 'supabase', ref: 'local', role, iat: issuedAt, exp: issuedAt + API_KEY_LIFETIME_SECONDS },
    jwtSecret,
  );
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
