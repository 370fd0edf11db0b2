// `npm run migration -- <what-it-does>` writes the next migration: what changed in the sources since the last one.
// `npm run migration -- --check` says whether anything did.
// Needs DATABASE_URL, which the stack gives that npm starts for it.

import fs from 'node:fs';
import path from 'node:path';
import { readMigrations } from '../stack/backends/postgres/migrations.mjs';
import { commandLine } from '../stack/processes/programs.mjs';
import { readCatalogue, writeCatalogue } from './catalogue.mjs';
import { compare, difference } from './difference.mjs';
import { withScratch } from './scratch.mjs';
import { joinSources, readSources, SUPABASE } from './sources.mjs';

const SAME = 'Nothing changed: the migrations make what the sources say.';
const USAGE = 'usage: npm run migration -- <what-it-does> | --check';

if (import.meta.filename === process.argv[1]) {
  await commandLine(async () => {
    const [name, ...rest] = process.argv.slice(2);
    const isCheck = name === '--check';
    if (rest.length > 0 || !(isCheck || /^[a-z0-9]+([_-][a-z0-9]+)*$/.test(name ?? ''))) throw new Error(USAGE);
    const databaseUrl = process.env.DATABASE_URL;
    console.log(await (isCheck ? checkMigrations(databaseUrl, SUPABASE) : writeMigration(databaseUrl, SUPABASE, name)));
  });
}

/** Throws, with the names of what differs, unless the migrations of a `supabase` folder make what its sources say. */
export async function checkMigrations(databaseUrl, folder) {
  const { from, to } = await bothCatalogues(databaseUrl, folder);
  assertSame(from, to);
  return SAME;
}

function assertSame(from, to) {
  if (writeCatalogue(from) === writeCatalogue(to)) return;
  throw new Error(`The migrations do not make what the sources say:\n${differing(from, to)}\n${USAGE}`);
}

/** Writes the next migration, and says what became of it. */
export async function writeMigration(databaseUrl, folder, name, now = new Date()) {
  const sources = readSources(folder);
  const version = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const file = path.join(folder, 'migrations', `${version}_${name.replaceAll('-', '_')}.sql`);
  const write = (sql) => fs.writeFileSync(file, sql);
  // With nothing to come from, the sources themselves are the migration.
  if (migrationsOf(folder).length === 0) {
    write(joinSources(sources));
    return `${file}: everything`;
  }
  const { from, to } = await bothCatalogues(databaseUrl, folder);
  const statements = difference(from, to, sources);
  if (statements.length === 0) {
    assertSame(from, to);
    return SAME;
  }
  write(`${statements.join('\n\n')}\n`);
  const open = statements.filter((statement) => statement.startsWith('-- Decide: ')).length;
  if (open > 0) return `${file}: ${open} to decide, see the lines that begin with "-- Decide"`;
  await checkMigrations(databaseUrl, folder).catch((error) => {
    throw new Error(`${file} is not the whole change; write the rest by hand.\n${error.message}`, { cause: error });
  });
  return file;
}

async function bothCatalogues(databaseUrl, folder) {
  const from = await withScratch(databaseUrl, migrationsOf(folder), readCatalogue);
  const to = await withScratch(databaseUrl, readSources(folder), readCatalogue);
  return { from, to };
}

function migrationsOf(folder) {
  return readMigrations(path.join(folder, 'migrations')).map(({ fileName, sql }) => ({ name: fileName, sql }));
}

function differing(from, to) {
  const { gone, added, changed } = compare(from, to);
  return [
    ...gone.map(({ kind, name }) => `  not in the sources: ${kind} ${name}`),
    ...added.map(({ kind, name }) => `  only in the sources: ${kind} ${name}`),
    ...changed.map(({ after }) => `  not the same: ${after.kind} ${after.name}`),
  ].join('\n');
}
