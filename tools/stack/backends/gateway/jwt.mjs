// Signing and verifying the JSON Web Tokens of the local stack, with Node's own crypto.

import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto';

/** A token signed with a shared secret, as Supabase's API keys are. */
export function signHs256(claims, secret) {
  const input = signingInput({ alg: 'HS256', typ: 'JWT' }, claims);
  return `${input}.${hmac(input, secret).toString('base64url')}`;
}

/** A token signed with a P-256 key, as Supabase Auth signs the sessions of users. */
export function signEs256(claims, privateJwk) {
  const input = signingInput({ alg: 'ES256', typ: 'JWT', kid: privateJwk.kid }, claims);
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  // JOSE wants r and s side by side, not the DER form that is OpenSSL's default.
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/**
 * The claims of a token that is signed by this stack and valid at `nowSeconds`, or null. Each
 * algorithm has its own key, so a token can't choose how it is checked.
 */
export function verifiedClaims(token, { publicJwk, jwtSecret }, nowSeconds = Date.now() / 1000) {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  const [header, payload, signature] = parts;
  try {
    const { alg } = decode(header);
    const input = `${header}.${payload}`;
    const bytes = Buffer.from(signature, 'base64url');
    const genuine =
      (alg === 'ES256' && verifiesEs256(input, bytes, publicJwk)) ||
      (alg === 'HS256' && verifiesHs256(input, bytes, jwtSecret));
    if (!genuine) return null;
    const claims = decode(payload);
    return typeof claims.exp === 'number' && claims.exp > nowSeconds ? claims : null;
  } catch {
    return null;
  }
}

function verifiesEs256(input, signature, publicJwk) {
  const key = createPublicKey({ key: publicJwk, format: 'jwk' });
  return verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function verifiesHs256(input, signature, secret) {
  const expected = hmac(input, secret);
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function hmac(input, secret) {
  return createHmac('sha256', secret).update(input).digest();
}

function signingInput(header, claims) {
  return `${encode(header)}.${encode(claims)}`;
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text) {
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}
