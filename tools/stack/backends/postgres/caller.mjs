// Acting in the database as the caller of a request, as PostgREST does: with the role and the claims of the token.

// What a token may ask to be. Anything else must not reach `set role`: `none` would be the connection's own role.
const ROLES = new Set(['anon', 'authenticated', 'service_role']);

/** Whether a token's claims name somebody whom the API serves. */
export function isCaller(claims) {
  return ROLES.has(claims?.role);
}

/**
 * Runs `work(client)` in a transaction as this caller, and takes back whatever it did. `before(client)` runs in the
 * same transaction as the pool's own role.
 */
export async function asCaller(pool, claims, work, before = async () => {}) {
  if (!isCaller(claims)) throw new Error('a role that is not of the API');
  const client = await pool.connect();
  let broken;
  try {
    await client.query('begin');
    await before(client);
    await client.query(`select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`, [
      claims.role,
      JSON.stringify(claims),
    ]);
    return await work(client);
  } catch (error) {
    broken = error;
    throw error;
  } finally {
    await client.query('rollback').catch((error) => (broken = error));
    client.release(broken);
  }
}
