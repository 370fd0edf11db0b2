// Databases that are made to look at and dropped again. Needs no more rights than Supabase's `postgres` has.

import { randomBytes } from 'node:crypto';
import pg from 'pg';

const OBJECT_IN_USE = '55006';
const DROP_TRIES = 100;
const DROP_PAUSE_MS = 50;

/** What Supabase does to `public` of a new project, and what our sources must take back; what they add policies to. */
export const SUPABASE_DEFAULTS = `
  create publication supabase_realtime;
  create schema storage;
  create table storage.objects (bucket_id text, name text);
  alter table storage.objects enable row level security;
  grant usage on schema storage to anon, authenticated, service_role;
  grant select on storage.objects to anon, authenticated, service_role;
  alter default privileges in schema public grant all on tables to postgres, anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to postgres, anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to postgres, anon, authenticated, service_role;
  grant usage on schema public to anon, authenticated, service_role;`;

/** Makes an empty database beside the one of `databaseUrl`; `drop()` removes it. */
export async function createDatabase(databaseUrl) {
  const name = `scratch_${randomBytes(6).toString('hex')}`;
  const url = new URL(databaseUrl);
  await withClient(url.href, (client) => client.query(`create database ${name} template template0`));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => withClient(databaseUrl, (client) => drop(client, name)) };
}

/** Runs `work(client)` on a database like a new Supabase project with these texts applied, each in a transaction. */
export async function withScratch(databaseUrl, texts, work) {
  const database = await createDatabase(databaseUrl);
  try {
    return await withClient(database.url, async (client) => {
      await client.query(SUPABASE_DEFAULTS);
      for (const { name, sql } of texts) await apply(client, name, sql);
      return work(client);
    });
  } finally {
    await database.drop();
  }
}

async function apply(client, name, sql) {
  await client.query('begin');
  try {
    await client.query(sql);
  } catch (error) {
    const line = error.position ? `, line ${sql.slice(0, Number(error.position)).split('\n').length}` : '';
    throw new Error(`${name}${line}: ${error.message}`, { cause: error });
  }
  await client.query('commit');
}

async function withClient(connectionString, work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

// A closed connection's server process takes a moment to go.
async function drop(client, name) {
  for (let triesLeft = DROP_TRIES; ; triesLeft -= 1) {
    try {
      return await client.query(`drop database ${name}`);
    } catch (error) {
      if (error.code !== OBJECT_IN_USE || triesLeft === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, DROP_PAUSE_MS));
    }
  }
}
