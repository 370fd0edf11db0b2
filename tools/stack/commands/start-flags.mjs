// The command line of `npm start`.

import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm start -- [--fresh] [--no-worker]
  --fresh       begin anew: empties the data folder of this stack, asking nothing
  --no-worker   without the GPU worker: jobs stay queued
  --help        this text
Variables: PORT (default 8787; the next eight ports are taken too), OURVIDZ_DIR (default .ourvidz)`;

/** `{ fresh, worker, help }`; an unknown flag is an error that shows how it is done. */
export function readStartFlags(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { fresh: { type: 'boolean' }, 'no-worker': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return { fresh: values.fresh === true, worker: values['no-worker'] !== true, help: values.help === true };
  } catch (error) {
    throw new Error(`${error.message}\n${USAGE}`);
  }
}
