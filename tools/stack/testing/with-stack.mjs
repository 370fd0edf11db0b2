// Runs a command against a stack of its own: `node tools/stack/testing/with-stack.mjs [--functions] [--worker] -- COMMAND...`
// The stack is that of PORT and OURVIDZ_DIR, or, without them, one on free ports in a temporary folder
// that is removed when the command ends well. The command finds the stack's variables in its environment.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBackend } from '../backends/backend.mjs';
import { commandLine } from '../processes/programs.mjs';
import { endRequested } from '../processes/signals.mjs';
import { startFunctions, startWorker } from '../serving/services.mjs';
import { SERVICES } from '../settings/ports.mjs';
import { reserveBasePort } from './reserved-ports.mjs';

const USAGE = 'usage: node tools/stack/testing/with-stack.mjs [--functions] [--worker] -- COMMAND...';
await commandLine(async () => {
  process.exit(await runWithStack(process.argv.slice(2)));
});

async function runWithStack(args) {
  const divider = args.indexOf('--');
  const flags = args.slice(0, divider);
  const [program, ...rest] = args.slice(divider + 1);
  if (divider < 0 || !program || flags.some((flag) => !['--functions', '--worker'].includes(flag)))
    throw new Error(USAGE);

  const { environment, temporary } = await whichStack();
  let stack = null;
  const ended = endRequested({ onSecond: () => stack?.processes.killAll() });
  stack = await startBackend({
    environment,
    checkPorts: Object.keys(SERVICES),
    onNote: (text) => console.error(text),
    onUnexpectedExit: ({ name, logFile }) => console.error(`${name} ended by itself, see ${logFile}`),
  });
  let status = 1;
  try {
    if (flags.includes('--functions')) await startFunctions(stack);
    if (flags.includes('--worker')) startWorker(stack);
    status = await command(program, rest, { ...environment, ...stack.env }, ended);
  } finally {
    await stack.stop();
    if (temporary && status === 0) fs.rmSync(temporary, { recursive: true, force: true });
    else if (temporary) console.error(`The logs and the data of this stack are in ${temporary}.`);
  }
  return status;
}

async function whichStack() {
  if (process.env.PORT && process.env.OURVIDZ_DIR) return { environment: process.env };
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-'));
  // Started by root, Postgres runs as another user, who has to get in.
  fs.chmodSync(temporary, 0o755);
  const environment = { ...process.env, PORT: String(await reserveBasePort()), OURVIDZ_DIR: temporary };
  return { environment, temporary };
}

/** Resolves to the command's exit status; a request to end is handed on to it. */
function command(program, args, env, ended) {
  const child = spawn(program, args, { stdio: 'inherit', env });
  void ended.then((signal) => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program}: ${error.message}`)));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
