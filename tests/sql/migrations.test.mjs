// The migrations: they apply to an empty database as an ordinary owner, and their effect is what the snapshots
// show. `UPDATE_SNAPSHOTS=1` writes the snapshots anew; the difference then shows what a migration changed.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkMigrations } from '../../tools/database/migration.mjs';
import { readSources, SUPABASE } from '../../tools/database/sources.mjs';
import { readMigrations } from '../../tools/stack/backends/postgres/migrations.mjs';
import { dumpBodies, dumpFunctions, dumpSchema } from './support/dump-schema.mjs';
import { createScratch, MIGRATIONS, required } from './support/scratch.mjs';

const SNAPSHOTS = new URL('./snapshots/', import.meta.url);

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

for (const [file, dump] of [
  ['schema.sql', dumpSchema],
  ['rpc.txt', dumpFunctions],
  ['functions.sql', dumpBodies],
]) {
  test(`the migrations make what tests/sql/snapshots/${file} shows`, async () => {
    const path = fileURLToPath(new URL(file, SNAPSHOTS));
    const actual = await dump(scratch.owner);
    if (process.env.UPDATE_SNAPSHOTS === '1') fs.writeFileSync(path, actual);
    assert.equal(actual, fs.readFileSync(path, 'utf8'), 'if this change is meant: UPDATE_SNAPSHOTS=1');
  });
}

test('the sources make the same database as all migrations in order', async () => {
  await checkMigrations(required('DATABASE_URL'), SUPABASE);
});

test('each source makes one thing and is called after it', () => {
  const made = readSources().flatMap(({ name, sql }) => {
    const all = [...sql.matchAll(/^create (?:function|procedure|table|view|type) (\w+)\.(\w+)/gm)];
    assert.ok(all.length <= 1, name);
    if (all.length === 1) assert.equal(name.split('/').at(-1), `${all[0][2]}.sql`);
    return all.map(([, schema, object]) => `${schema}.${object}`);
  });
  assert.ok(made.length > 150, `${made.length}`);
  assert.deepEqual(
    made.filter((name, index) => made.indexOf(name) !== index),
    [],
  );
});

test('calls of three and more arguments name them', () => {
  for (const { name, sql } of readSources()) {
    const [, ...calls] = sql.split(/(?<!create (?:function|procedure) )\b(?=private\.\w+\()/);
    for (const text of calls) {
      const given = argumentsOf(text);
      const named = given.filter((argument) => /^\s*p_\w+ =>/.test(argument));
      if (given.length >= 3) assert.equal(named.length, given.length, `${name}: ${text.split('\n')[0]}`);
    }
  }
});

/** The arguments of the call that a text begins with. */
function argumentsOf(text) {
  const given = [''];
  let depth = 0;
  for (const [part] of text.slice(text.indexOf('(')).matchAll(/'[^']*'|[([]|[)\]]|,|[^'()[\],]+/g)) {
    if (')]'.includes(part)) depth -= 1;
    if (depth === 0 && ')' === part) break;
    if (depth === 1 && part === ',') given.push('');
    else if (depth > 0) given[given.length - 1] += part;
    if ('(['.includes(part)) depth += 1;
  }
  return given.filter((argument) => argument.trim() !== '');
}

test('a second database on the same server can be migrated, though the role exists', async () => {
  const second = await createScratch();
  await second.close();
});

test('each migration that makes something takes the default privileges back', () => {
  for (const { fileName, sql } of readMigrations(MIGRATIONS)) {
    assert.match(sql, /call private\.close\(\);\s*$/, `${fileName} does not end by closing the private schema`);
    const made = [...sql.matchAll(/^create (?:table|view|function) public\.(\w+)/gm)].map(([, name]) => name);
    const revoked = [...sql.matchAll(/^revoke all on [^;]*;/gm)].join('\n');
    for (const name of made)
      assert.match(revoked, new RegExp(`public\\.${name}\\b`), `${fileName} does not revoke ${name}`);
  }
});

test('every function runs with a pinned search path, and those of the API check their caller first', async () => {
  const { rows } = await scratch.owner.query(`
    select p.oid::regprocedure::text as name, p.prosecdef, p.proconfig, p.prosrc, n.nspname, l.lanname
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
    where n.nspname in ('public', 'private')`);
  for (const row of rows.filter(({ nspname }) => nspname === 'public')) {
    assert.equal(row.lanname, 'plpgsql', `${row.name}: plans of SQL functions outlive a change of role`);
    assert.ok(row.prosecdef, `${row.name} is not SECURITY DEFINER`);
    assert.match(row.prosrc, /private\.require_(edge|user|signed_in)\(\)/, `${row.name} does not check its caller`);
  }
  for (const row of rows.filter(({ lanname }) => lanname === 'plpgsql')) {
    assert.ok(row.proconfig?.includes('search_path=""'), row.name);
  }
});

test('row security is on for every table', async () => {
  const { rows } = await scratch.owner.query(`
    select oid::regclass::text as name from pg_class
    where relkind in ('r', 'p') and relnamespace in ('public'::regnamespace, 'private'::regnamespace) and not relrowsecurity`);
  assert.deepEqual(rows, []);
});

test('browsers can be told of jobs, images and videos', async () => {
  const { rows } = await scratch.owner.query(
    `select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1`,
  );
  assert.deepEqual(
    rows.map(({ tablename }) => tablename),
    ['images', 'jobs', 'videos'],
  );
});
