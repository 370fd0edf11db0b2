// `npm run generate` writes what is made from Rust's tables (shared/core/tests/tables.rs); `npm run generate -- --check`
// says whether it is current, as the tests of Rust do too.

import { commandLine } from './stack/processes/programs.mjs';
import { run } from './stack/processes/run.mjs';
import { REPOSITORY_ROOT } from './stack/settings/layout.mjs';

const USAGE = 'usage: npm run generate [-- --check]';

await commandLine(async () => {
  const [flag, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || (flag && flag !== '--check')) throw new Error(USAGE);
  const env = flag ? process.env : { ...process.env, UPDATE_SNAPSHOTS: '1' };
  await run('cargo', ['test', '--quiet', '--package', 'ourvidz-core', '--test', 'tables'], {
    cwd: REPOSITORY_ROOT,
    env,
  });
});
