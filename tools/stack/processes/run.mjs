// Runs one command to its end: in sight, or into a log whose last lines are told when it fails.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A command that did not end well. `log` is where its output went, if not to the terminal. */
export class CommandFailed extends Error {
  constructor(message, log) {
    super(message);
    this.name = 'CommandFailed';
    this.log = log;
  }
}

/**
 * Resolves when the command ends with status 0. With `log` its output goes there, else to this
 * terminal. `signal` (an AbortSignal) ends it early.
 */
export function run(command, args, { log, ...options } = {}) {
  const output = log === undefined ? 'inherit' : openLog(log);
  const child = spawn(command, args, { stdio: ['ignore', output, output], ...options });
  if (log !== undefined) fs.closeSync(output);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new CommandFailed(`${command} did not run: ${error.message}`, log)));
    child.once('exit', (code, signal) => {
      if (code === 0) return resolve();
      const outcome = signal ? `was ended by ${signal}` : `ended with status ${code}`;
      reject(new CommandFailed(`\`${[command, ...args].join(' ')}\` ${outcome}`, log));
    });
  });
}

function openLog(log) {
  fs.mkdirSync(path.dirname(log), { recursive: true });
  return fs.openSync(log, 'w', 0o600);
}
