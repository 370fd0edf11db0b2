// `npm run build -- [names...]`: the functions and the browser client as they are deployed; `npm run build:fast`:
// as `npm start` runs them.

import { parseArgs } from 'node:util';
import { buildClient, buildFunctions, buildXtask } from '../build/cargo.mjs';
import { checkTools, installPackages, installWasmTarget } from '../build/toolchain.mjs';
import { commandLine } from '../processes/programs.mjs';

await commandLine(async () => {
  const { values, positionals } = parseArgs({ options: { release: { type: 'boolean' } }, allowPositionals: true });
  checkTools();
  await installPackages();
  await installWasmTarget();
  await buildXtask();
  await buildFunctions({ release: values.release, names: positionals });
  if (positionals.length === 0) await buildClient({ release: values.release });
});
