// The local backend by itself:
//   node tools/stack/commands/backend.mjs run [--fresh] COMMAND...   with the stack's variables set; stops everything after
//   node tools/stack/commands/backend.mjs up [--fresh]               until Ctrl-C

import { spawn } from 'node:child_process';
import { startBackend } from '../backends/backend.mjs';
import { commandLine } from '../processes/programs.mjs';
import { endRequested } from '../processes/signals.mjs';

const USAGE = 'usage: node tools/stack/commands/backend.mjs run [--fresh] COMMAND... | up [--fresh]';
const CANNOT_RUN = 127;
const ENDED_BY_SIGNAL = 130;

await commandLine(async () => {
  const [command, ...rest] = process.argv.slice(2);
  const fresh = rest[0] === '--fresh';
  const words = fresh ? rest.slice(1) : rest;
  if (command === 'run' && words.length > 0) process.exitCode = await run(words, { fresh });
  else if (command === 'up' && words.length === 0) await up({ fresh });
  else throw new Error(USAGE);
});

/** Runs a command with the backend and returns its exit status. */
async function run([program, ...args], { fresh }) {
  const { stack, ended } = await start({ fresh, report: process.stderr });
  try {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...stack.env } });
    const exited = new Promise((resolve) => {
      child.once('error', (error) => {
        console.error(`${program}: ${error.message}`);
        resolve(CANNOT_RUN);
      });
      child.once('exit', (code) => resolve(code ?? ENDED_BY_SIGNAL));
    });
    const result = await Promise.race([exited, ended]);
    if (typeof result === 'number') return result;
    child.kill(result);
    await exited;
    return ENDED_BY_SIGNAL;
  } finally {
    await stack.stop();
  }
}

async function up({ fresh }) {
  const { stack, ended } = await start({ fresh, report: process.stdout });
  console.log(`ready ${stack.env.SUPABASE_URL}`);
  await ended;
  await stack.stop();
}

async function start({ fresh, report }) {
  let stack = null;
  const ended = endRequested({ onSecond: () => stack?.processes.killAll() });
  const signal = new AbortController();
  void ended.then(() => signal.abort());
  stack = await startBackend({
    fresh,
    signal: signal.signal,
    onStep: (name, milliseconds) => report.write(`${name.padEnd(12)} ${String(milliseconds).padStart(6)} ms\n`),
    onNote: (text) => report.write(`${text}\n`),
    onUnexpectedExit: ({ name, logFile }) => console.error(`${name} ended by itself; see ${logFile}`),
  });
  return { stack, ended };
}
