// The users of the local stack: rows of auth.users, as Supabase Auth keeps them.

import { createHash, randomBytes, randomUUID } from 'node:crypto';

// Any fixed UUID: it makes our user ids differ from other people's version 5 ids of the same text.
const USER_ID_NAMESPACE = '6f5b3c1e-8c0d-4d6a-9b63-2f1d5c0a7e44';
const REFRESH_TOKEN_BYTES = 32;

/** The form in which an e-mail address is stored and compared. */
export function normaliseEmail(email) {
  return email.trim().toLowerCase();
}

/**
 * The user id of an e-mail address: a version 5 UUID (RFC 9562), so the same person has the same id
 * in every stack and after every fresh start.
 */
export function userIdOf(email) {
  const namespace = Buffer.from(USER_ID_NAMESPACE.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1').update(namespace).update(normaliseEmail(email)).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Reads and writes the users over `database`, a `pg` client or pool. */
export class Users {
  #database;

  constructor(database) {
    this.#database = database;
  }

  /** The user with this address, made on first sight; signing in is recorded. */
  async signIn(email, userMetadata = {}) {
    const { rows } = await this.#database.query(
      `insert into auth.users as known
         (instance_id, id, aud, role, email, email_confirmed_at, last_sign_in_at, raw_app_meta_data,
          raw_user_meta_data, created_at, updated_at)
       values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2, now(), now(), $3, $4, now(), now())
       on conflict (id) do update set last_sign_in_at = now(), updated_at = now()
       returning known.*`,
      [userIdOf(email), normaliseEmail(email), { provider: 'email', providers: ['email'] }, userMetadata],
    );
    return rows[0];
  }

  /** A new user without an address. */
  async signInAnonymously(userMetadata = {}) {
    const { rows } = await this.#database.query(
      `insert into auth.users
         (instance_id, id, aud, role, last_sign_in_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at, is_anonymous)
       values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', now(), '{}', $2, now(), now(), true)
       returning *`,
      [randomUUID(), userMetadata],
    );
    return rows[0];
  }

  /** Makes a user an admin or takes that away. It counts from the next token on. */
  async setAdmin(userId, isAdmin) {
    const change = isAdmin
      ? `coalesce(raw_app_meta_data, '{}') || '{"role": "admin"}'`
      : `coalesce(raw_app_meta_data, '{}') - 'role'`;
    const { rows } = await this.#database.query(
      `update auth.users set raw_app_meta_data = ${change}, updated_at = now() where id = $1 returning *`,
      [userId],
    );
    return rows[0];
  }

  async find(userId) {
    const { rows } = await this.#database.query('select * from auth.users where id = $1 and deleted_at is null', [
      userId,
    ]);
    return rows[0] ?? null;
  }

  /** A token that can be exchanged once for a new session. */
  async issueRefreshToken(userId, sessionId) {
    const token = randomBytes(REFRESH_TOKEN_BYTES).toString('base64url');
    await this.#database.query(
      'insert into auth.refresh_tokens (token_digest, user_id, session_id) values ($1, $2, $3)',
      [digest(token), userId, sessionId],
    );
    return token;
  }

  /** Takes a refresh token; returns `{ userId, sessionId }`, or null when it is unknown or used up. */
  async takeRefreshToken(token) {
    const { rows } = await this.#database.query(
      `update auth.refresh_tokens set revoked = true where token_digest = $1 and not revoked
       returning user_id as "userId", session_id as "sessionId"`,
      [digest(token)],
    );
    return rows[0] ?? null;
  }

  /** Ends sessions of a user: this one (`local`), all `others`, or all (`global`). */
  async endSessions(userId, sessionId, scope) {
    const conditions = { local: 'and session_id = $2', others: 'and session_id is distinct from $2', global: '' };
    const values = scope === 'global' ? [userId] : [userId, sessionId];
    await this.#database.query(`delete from auth.refresh_tokens where user_id = $1 ${conditions[scope]}`, values);
  }
}

function digest(token) {
  return createHash('sha256').update(token).digest();
}
