// Finds what keeps others waiting in the migrations that meet tables with rows, which is all but the first.

import path from 'node:path';
import { readMigrations } from '../stack/backends/postgres/migrations.mjs';
import { run } from '../stack/processes/run.mjs';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';
import { SUPABASE } from './sources.mjs';

const CONFIGURATION = path.join(SUPABASE, 'squawk.toml');

/** Throws when squawk finds something; it has said what, and where. */
export async function lintMigrations(folder = SUPABASE) {
  const [, ...later] = readMigrations(path.join(folder, 'migrations'));
  if (later.length === 0) return;
  const files = later.map(({ fileName }) => path.join(folder, 'migrations', fileName));
  const squawk = path.join(REPOSITORY_ROOT, 'node_modules', '.bin', 'squawk');
  await run(squawk, ['--config', CONFIGURATION, ...files], { cwd: REPOSITORY_ROOT });
}
