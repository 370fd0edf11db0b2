// A database of its own for one test file: made by the migrations, dropped at the end. Only DATABASE_URL is
// needed, and its role needs no more rights than Supabase's `postgres` has.

import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDatabase, SUPABASE_DEFAULTS } from '../../../tools/database/scratch.mjs';
import { readMigrations } from '../../../tools/stack/backends/postgres/migrations.mjs';

export const MIGRATIONS = fileURLToPath(new URL('../../../supabase/migrations', import.meta.url));

// bigint arrives as a number: no value of ours exceeds 2^53, and comparing strings hides mistakes.
const BIGINT = 20;
pg.types.setTypeParser(BIGINT, Number);

export const EDGE = 'ourvidz_edge';

/** Makes an empty database and applies the migrations; `close()` drops it. */
export async function createScratch({ migrated = true } = {}) {
  const database = await createDatabase(required('DATABASE_URL'));
  const pools = [];
  const open = (options, max) => {
    const pool = new pg.Pool({ connectionString: database.url, options, max });
    pools.push(pool);
    return pool;
  };
  const scratch = {
    /** As the owner of everything, to look and to arrange. */
    owner: open(undefined, 4),
    /** As the edge. */
    edge: null,
    /** As another role; `claims` is what PostgREST would have verified. */
    as(role, claims = { role }, max = 2) {
      return open(`-c role=${role} -c request.jwt.claims=${JSON.stringify(claims)}`, max);
    },
    /** As a signed-in user. */
    user(userId) {
      return scratch.as('authenticated', { role: 'authenticated', sub: userId });
    },
    /** As the edge in the name of an API key. */
    key(keyId) {
      const headers = JSON.stringify({ 'x-api-key-id': keyId });
      return open(`-c role=${EDGE} -c request.headers=${headers}`, 2);
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
      await database.drop();
    },
  };
  try {
    await scratch.owner.query(SUPABASE_DEFAULTS);
    if (migrated) await migrateScratch(scratch);
  } catch (error) {
    await scratch.close();
    throw error;
  }
  return scratch;
}

/** Applies migrations, each in a transaction of its own, as `supabase db push` does. */
export async function migrateScratch(scratch, migrations = readMigrations(MIGRATIONS)) {
  const client = await scratch.owner.connect();
  try {
    for (const { fileName, sql } of migrations) {
      await client.query(`begin; ${sql}; commit`).catch((error) => {
        throw new Error(`${fileName}: ${error.message}`, { cause: error });
      });
    }
    // Whoever creates a role is its administrator, but may not yet act as it.
    await client.query(`grant ${EDGE} to current_user`);
  } finally {
    client.release();
  }
  // Enough connections for everything that tests do at once.
  scratch.edge ??= scratch.as(EDGE, { role: EDGE }, 20);
}

export function required(name) {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run this with \`node tools/stack/testing/with-stack.mjs -- node --test ...\``);
  return value;
}
