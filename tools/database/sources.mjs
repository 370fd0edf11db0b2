// The database's sources: the files that `schema_paths` in supabase/config.toml names, in the order in which they
// apply. Supabase's own tool reads the same setting in the same way.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const SUPABASE = fileURLToPath(new URL('../../supabase/', import.meta.url));

/** The source files of a `supabase` folder, each with its path below `schemas` and its text. */
export function readSources(folder = SUPABASE) {
  const below = path.join(folder, 'schemas');
  const all = fs
    .readdirSync(below, { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const ordered = new Set();
  for (const pattern of schemaPaths(fs.readFileSync(path.join(folder, 'config.toml'), 'utf8'))) {
    const matches = all.filter((name) => glob(pattern).test(`./schemas/${name}`));
    if (matches.length === 0) throw new Error(`supabase/config.toml: no source matches "${pattern}"`);
    for (const name of matches) ordered.add(name);
  }
  const forgotten = all.find((name) => !ordered.has(name));
  if (forgotten) throw new Error(`supabase/config.toml: no pattern of schema_paths matches schemas/${forgotten}`);
  return [...ordered].map((name) => ({
    name,
    sql: fs.readFileSync(path.join(below, name), 'utf8').replaceAll('\r\n', '\n'),
  }));
}

/** All sources as one text, each below its name. */
export function joinSources(sources) {
  return sources.map(({ name, sql }) => `-- schemas/${name}\n\n${sql.trim()}\n`).join('\n');
}

function schemaPaths(toml) {
  const [, list] = /^schema_paths = \[([^\]]*)\]/m.exec(toml) ?? [];
  if (list === undefined) throw new Error('supabase/config.toml: schema_paths is missing');
  return [...list.matchAll(/^\s*"([^"]*)",?$/gm)].map(([, pattern]) => pattern);
}

// As Go's filepath.Glob, which Supabase's tool uses: a star stays within one folder.
function glob(pattern) {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '[^/]*')}$`);
}
