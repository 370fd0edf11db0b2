// Who gets in, on workerd: two kinds of honest tokens, and a table of others. Each of the others is refused
// with 401, for its own reason, before any backend is asked.

import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign as signature } from 'node:crypto';
import { before, test } from 'node:test';
import { assertRefused, call, signIn } from '../journeys/client.mjs';

const SECRET = process.env.SUPABASE_JWT_SECRET;
const now = Math.floor(Date.now() / 1000);
const HONEST = { aud: 'authenticated', role: 'authenticated', sub: randomUUID(), iat: now, exp: now + 600 };

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token signed with a shared secret. */
function hs256(claims, { secret = SECRET, header = { alg: 'HS256', typ: 'JWT' } } = {}) {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** A token signed with somebody's own P-256 key. */
function es256(claims, header, key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signature('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const enter = (token) => call('GET', '/api/jobs', { headers: { authorization: `Bearer ${token}` } });
const changed = (claims) => hs256({ ...HONEST, ...claims });
const without = (name) => hs256(Object.fromEntries(Object.entries(HONEST).filter(([claim]) => claim !== name)));

let signedIn;
let published;

before(async () => {
  signedIn = (await signIn()).token;
  published = (await (await fetch(`${process.env.SUPABASE_URL}/auth/v1/.well-known/jwks.json`)).json()).keys[0];
});

test('honest tokens of both kinds get in', async () => {
  assert.equal((await enter(signedIn)).status, 200);
  assert.equal((await enter(hs256(HONEST))).status, 200);
  assert.equal((await enter(changed({ aud: ['authenticated', 'other'] }))).status, 200);
});

/** Each name, and the token that is not honest. */
function hostile() {
  const [header, claims, tag] = signedIn.split('.');
  const honest = hs256(HONEST);
  const pem = createPublicKey({ key: published, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const known = { alg: 'ES256', typ: 'JWT', kid: published.kid };
  return {
    'no token at all': '',
    'one word': 'token',
    'two parts': honest.split('.').slice(0, 2).join('.'),
    'four parts': `${honest}.x`,
    'empty parts': '..',
    'without its signature': `${header}.${claims}.`,
    'cut short': honest.slice(0, -4),
    'very long': hs256({ ...HONEST, pad: 'x'.repeat(9000) }),
    'padded base64': honest.replace(/\.(?=[^.]*$)/, '=.'),
    'claims that are no JSON': hs256('no json'),
    'claims that are a list': hs256([]),
    'a repeated claim': hs256(
      `{"sub":"${HONEST.sub}","sub":"${randomUUID()}","aud":"authenticated","role":"authenticated","exp":${HONEST.exp}}`,
    ),
    'alg none': `${part({ alg: 'none' })}.${part(HONEST)}.`,
    'alg None, signed': hs256(HONEST, { header: { alg: 'None' } }),
    'alg HS512': hs256(HONEST, { header: { alg: 'HS512' } }),
    'no alg': hs256(HONEST, { header: { typ: 'JWT' } }),
    'an unknown critical header': hs256(HONEST, { header: { alg: 'HS256', crit: ['exp'] } }),
    'another secret': hs256(HONEST, { secret: 'a-secret-that-is-not-the-projects-own' }),
    'an empty secret': hs256(HONEST, { secret: '' }),
    'the public key as the secret, as PEM': hs256(HONEST, { secret: pem }),
    'the public key as the secret, as JSON': hs256(HONEST, { secret: JSON.stringify(published) }),
    'the public key as the secret, with its kid': hs256(HONEST, {
      secret: pem,
      header: { alg: 'HS256', kid: published.kid },
    }),
    'somebody else’s key under a known kid': es256(HONEST, known),
    'an unknown kid': es256(HONEST, { ...known, kid: 'other' }),
    'a key that the token brings along': es256(HONEST, { alg: 'ES256', jwk: published }),
    'ES256 said, HS256 signed': hs256(HONEST, { header: known }),
    'RS256 said of a P-256 key': `${part({ ...known, alg: 'RS256' })}.${claims}.${tag}`,
    'other claims under a good signature': `${header}.${part({ ...HONEST, app_metadata: { role: 'admin' } })}.${tag}`,
    expired: changed({ exp: now - 1 }),
    'without an end': without('exp'),
    'an end that is a text': changed({ exp: String(now + 600) }),
    'not yet valid': changed({ nbf: now + 600 }),
    'issued in the future': changed({ iat: now + 600 }),
    'another audience': changed({ aud: 'anon' }),
    'without an audience': without('aud'),
    'no subject': without('sub'),
    'a subject that is no id': changed({ sub: 'ada' }),
    'the service’s own role': changed({ role: 'service_role' }),
    'the edge’s role': changed({ role: 'ourvidz_edge' }),
    'the anon key': process.env.SUPABASE_ANON_KEY,
    'the service key': process.env.SUPABASE_SERVICE_ROLE_KEY,
    'the edge’s own token': process.env.EDGE_DB_JWT,
  };
}

test('nobody else gets in', async () => {
  const tokens = Object.entries(hostile());
  assert.ok(tokens.length >= 25);
  for (const [name, token] of tokens) {
    const answer = await enter(token);
    assert.equal(answer.status, 401, name);
    assertRefused(answer, 401, 'unauthorized');
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer', name);
    assert.doesNotMatch(answer.headers.get('server-timing'), /database|redis/, name);
  }
});

test('an administrator is whom the project made one, not who says so', async () => {
  const grant = { user_id: HONEST.sub, amount: 1, reason: 'test' };
  const as = (claims) =>
    call('POST', '/api/admin/credits', { body: grant, headers: { authorization: `Bearer ${changed(claims)}` } });
  for (const claims of [
    {},
    { user_metadata: { role: 'admin' } },
    { is_admin: true },
    { app_metadata: { role: 'user' } },
  ]) {
    assertRefused(await as(claims), 403, 'forbidden');
  }
  assert.equal((await as({ app_metadata: { role: 'admin' } })).status, 200);
});
