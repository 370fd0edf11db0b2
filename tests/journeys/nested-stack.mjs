// A stack beside the one that the tests run in, with settings of its own: which servers an edge talks to is
// decided when it starts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** Runs the tests of a file in a stack with these settings; resolves to its exit code. */
export async function runInStack(settings, file) {
  const { PORT, OURVIDZ_DIR, ...environment } = process.env;
  const script = ['tools/stack/testing/with-stack.mjs', '--functions', '--', process.execPath, '--test', file];
  const child = spawn(process.execPath, script, {
    cwd: ROOT,
    env: { ...environment, ...settings, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [status] = await once(child, 'exit');
  return status;
}
