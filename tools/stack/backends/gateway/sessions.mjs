// The tokens of signed-in users, with the claims that Supabase Auth puts into them.

import { randomUUID } from 'node:crypto';
import { signEs256 } from './jwt.mjs';

/** Supabase's default lifetime of an access token. */
export const ACCESS_TOKEN_SECONDS = 3600;

/** The `iss` of the stack's tokens. */
export function issuer(supabaseUrl) {
  return `${supabaseUrl}/auth/v1`;
}

/** `{ token, expiresAt, sessionId }` for a row of auth.users. */
export function issueAccessToken(
  user,
  { signingKey, supabaseUrl, sessionId = randomUUID(), lifetimeSeconds = ACCESS_TOKEN_SECONDS },
) {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer(supabaseUrl),
    sub: user.id,
    aud: 'authenticated',
    exp: issuedAt + lifetimeSeconds,
    iat: issuedAt,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    role: 'authenticated',
    aal: 'aal1',
    amr: [{ method: user.is_anonymous ? 'anonymous' : 'password', timestamp: issuedAt }],
    session_id: sessionId,
    is_anonymous: user.is_anonymous,
  };
  return { token: signEs256(claims, signingKey), expiresAt: claims.exp, sessionId };
}

/** A row of auth.users as Supabase Auth shows it to its owner. */
export function publicUser(user) {
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email ?? '',
    email_confirmed_at: user.email_confirmed_at ?? undefined,
    phone: user.phone ?? '',
    last_sign_in_at: user.last_sign_in_at ?? undefined,
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    identities: user.is_anonymous ? [] : [identity(user)],
    created_at: user.created_at,
    updated_at: user.updated_at,
    is_anonymous: user.is_anonymous,
  };
}

function identity({ id, email, created_at, updated_at, last_sign_in_at }) {
  return {
    identity_id: id,
    id,
    user_id: id,
    identity_data: { email, email_verified: true, sub: id },
    provider: 'email',
    last_sign_in_at,
    created_at,
    updated_at,
    email,
  };
}
