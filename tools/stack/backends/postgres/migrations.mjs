// Applies `supabase/migrations/*.sql` in order and records them where Supabase's own tool does, so
// a database that was made here looks like one that `supabase db push` has made.

import fs from 'node:fs';
import path from 'node:path';

// Any number will do, as long as it is always the same: two starts must not migrate at once.
const ADVISORY_LOCK = 4_127_002;
const FILE_NAME = /^(\d+)_(.+)\.sql$/;

/** Applies what is new and returns the names of the files it applied. */
export async function migrate(client, folder) {
  const files = readMigrations(folder);
  await client.query(`
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (
      version text not null primary key,
      statements text[],
      name text
    )`);
  await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
  try {
    const { rows } = await client.query(
      'select version, statements from supabase_migrations.schema_migrations order by version',
    );
    const pending = pendingMigrations(files, rows);
    for (const file of pending) await apply(client, file);
    return pending.map(({ fileName }) => fileName);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [ADVISORY_LOCK]);
  }
}

/** The migration files of a folder, in the order in which they apply. */
export function readMigrations(folder) {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.sql')) : [];
  const files = names.sort().map((fileName) => {
    const [, version, name] = FILE_NAME.exec(fileName) ?? [];
    if (!version)
      throw new Error(`${path.join(folder, fileName)}: the name of a migration is <digits>_<what it does>.sql`);
    // A checkout on another system may have other line endings; that is no change.
    const sql = fs.readFileSync(path.join(folder, fileName), 'utf8').replaceAll('\r\n', '\n');
    return { fileName, version, name, sql };
  });
  const twice = files.find(({ version }, index) => files[index - 1]?.version === version);
  if (twice) throw new Error(`Two migrations have the version ${twice.version}. Rename one of them.`);
  return files;
}

/**
 * Which files still have to be applied, given the recorded ones. Refuses what would leave this
 * database different from one that is made anew.
 */
export function pendingMigrations(files, applied) {
  const byVersion = new Map(files.map((file) => [file.version, file]));
  for (const { version, statements } of applied) {
    const file = byVersion.get(version);
    if (!file) refuse(`The database has migration ${version}, but its file is gone`);
    if (statements?.join('\n') !== file.sql) refuse(`${file.fileName} was changed after it was applied`);
  }
  const done = new Set(applied.map(({ version }) => version));
  const pending = files.filter(({ version }) => !done.has(version));
  const newest = applied.at(-1)?.version;
  const late = newest && pending.find(({ version }) => version < newest);
  if (late) refuse(`${late.fileName} is new, but sorts before ${newest}, which is already applied`);
  return pending;
}

async function apply(client, { fileName, version, name, sql }) {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query(
      'insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)',
      [version, [sql], name],
    );
    await client.query('commit');
    // What one file sets for its session must not change what the next one means.
    await client.query('reset all');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`Migration ${fileName}${lineOf(sql, error.position)}: ${error.message}${hintOf(error)}`, {
      cause: error,
    });
  }
}

function refuse(what) {
  throw new Error(
    `${what}. Applied migrations are never edited or removed: put the change into a new file. ` +
      'While you are still writing it, begin anew with `npm start -- --fresh`.',
  );
}

function lineOf(sql, position) {
  return position ? `, line ${sql.slice(0, Number(position)).split('\n').length}` : '';
}

function hintOf({ hint, where }) {
  return [hint && `\n  hint: ${hint}`, where && `\n  where: ${where}`].filter(Boolean).join('');
}
