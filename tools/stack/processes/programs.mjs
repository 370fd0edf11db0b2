// Programs: those of the machine, and the frame of our own commands.

import fs from 'node:fs';
import path from 'node:path';

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

/** Runs a command line's `work` and turns an exception into its message and exit status 1. */
export async function commandLine(work) {
  try {
    await work();
  } catch (error) {
    console.error(process.env.DEBUG ? error : error.message);
    process.exitCode = 1;
  }
}
