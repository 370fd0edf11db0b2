// A database of its own for one test file: made by the migrations, dropped at the end. Only DATABASE_URL is
// needed, and its role needs no more rights than Supabase's `postgres` has.

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { readMigrations } from '../../../tools/stack/backends/postgres/migrations.mjs';

export const MIGRATIONS = fileURLToPath(new URL('../../../supabase/migrations', import.meta.url));

/** What Supabase does to `public` of a new project, and what our migrations must take back. */
const SUPABASE_DEFAULTS = `
  create publication supabase_realtime;
  alter default privileges in schema public grant all on tables to postgres, anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to postgres, anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to postgres, anon, authenticated, service_role;
  grant usage on schema public to anon, authenticated, service_role;`;

// bigint arrives as a number: no value of ours exceeds 2^53, and comparing strings hides mistakes.
const BIGINT = 20;
pg.types.setTypeParser(BIGINT, Number);

const OBJECT_IN_USE = '55006';

export const EDGE = 'ourvidz_edge';

/** Makes an empty database and applies the migrations; `close()` drops it. */
export async function createScratch({ migrated = true } = {}) {
  const url = new URL(required('DATABASE_URL'));
  const name = `scratch_${randomBytes(6).toString('hex')}`;
  await once(url, (client) => client.query(`create database ${name} template template0`));
  url.pathname = `/${name}`;
  const pools = [];
  const open = (options, max) => {
    const pool = new pg.Pool({ connectionString: url.href, options, max });
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
    async close() {
      await Promise.all(pools.map((pool) => pool.end()));
      url.pathname = new URL(required('DATABASE_URL')).pathname;
      await once(url, (client) => drop(client, name));
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

/** Applies all migrations, each in a transaction of its own, as `supabase db push` does. */
export async function migrateScratch(scratch) {
  const client = await scratch.owner.connect();
  try {
    for (const { fileName, sql } of readMigrations(MIGRATIONS)) {
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
  scratch.edge = scratch.as(EDGE, { role: EDGE }, 20);
}

// A closed connection's server process takes a moment to go.
async function drop(client, name) {
  for (let triesLeft = 100; ; triesLeft -= 1) {
    try {
      return await client.query(`drop database ${name}`);
    } catch (error) {
      if (error.code !== OBJECT_IN_USE || triesLeft === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function once(url, work) {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function required(name) {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run this with \`node tools/stack/testing/with-stack.mjs -- node --test ...\``);
  return value;
}
