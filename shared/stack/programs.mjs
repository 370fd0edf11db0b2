// Programs: those of the machine, and whether we are the one that was started.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of an executable that PATH leads to, or null. */
export function inPath(name, environment = process.env) {
  for (const folder of (environment.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const program = path.join(folder, name);
    try {
      fs.accessSync(program, fs.constants.X_OK);
      if (fs.statSync(program).isFile()) return program;
    } catch {
      // Not here: look on.
    }
  }
  return null;
}

/** Whether the module at `moduleUrl` is the script that Node was started with. */
export function isMain(moduleUrl) {
  const script = process.argv[1];
  return script !== undefined && fs.realpathSync(script) === fs.realpathSync(fileURLToPath(moduleUrl));
}

/** Runs a command line's `work` and turns an exception into its message and exit status 1. */
export async function commandLine(work) {
  try {
    await work();
  } catch (error) {
    console.error(process.env.DEBUG ? error : error.message);
    process.exitCode = 1;
  }
}
