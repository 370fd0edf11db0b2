// The tool itself.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { pythonEnvironment } from '../../tools/stack/testing/python.mjs';
import { ROOT } from '../tidy/support.mjs';

const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');

/** `{ program }` with its path, or `{ missing }` with the reason when it cannot be had here. */
export function installSchemathesis() {
  const { bin, missing } = pythonEnvironment('schemathesis', REQUIREMENTS);
  return missing ? { missing } : { program: path.join(bin, 'st') };
}

/** Runs the program, which leaves notes where it runs, and resolves to its exit status and all that it said. */
export function run(program, args) {
  const child = spawn(program, args, {
    cwd: path.join(ROOT, 'build'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_PROXY: '127.0.0.1' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, said }));
  });
}
