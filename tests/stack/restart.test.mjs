// A start process that is asked to end, killed, or started twice.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import pg from 'pg';
import { parentOf, processIdentity, stillRuns } from '../../tools/stack/processes/identity.mjs';
import { runningStack } from '../../tools/stack/processes/lock.mjs';
import { until } from '../../tools/stack/processes/waiting.mjs';
import { stackEnvironment } from '../../tools/stack/settings/environment.mjs';
import { readKeys } from '../../tools/stack/settings/keys.mjs';
import { layoutAt, REPOSITORY_ROOT } from '../../tools/stack/settings/layout.mjs';
import { accepts } from '../../tools/stack/settings/ports.mjs';
import { freePorts, removeFolder, temporaryFolder } from './support.mjs';

const READY_MS = 120_000;
const END_MS = 30_000;
// A start that hangs must fail this file and not hold it up for ever.
const LIMIT = Object.freeze({ timeout: 2 * READY_MS });

/** A start process of its own, as a person has it in a terminal. */
function start({ root, started: all }, ports, ...flags) {
  const child = spawn(process.execPath, ['tools/stack/commands/backend.mjs', ...(flags.length > 0 ? flags : ['up'])], {
    cwd: REPOSITORY_ROOT,
    env: { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: root },
  });
  const started = { child, output: '' };
  all.push(started);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (started.output += data));
  started.exited = new Promise((resolve) => child.once('exit', resolve));
  return started;
}

async function end({ child, exited }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await exited;
  clearTimeout(timer);
}

async function untilReady(started) {
  await until(() => started.output.includes('ready http') || started.child.exitCode !== null, {
    timeoutMs: READY_MS,
    explain: () => started.output,
  });
  assert.match(started.output, /^ready http/m);
}

/** Everything that the stack has recorded as running. */
function recorded(layout) {
  return fs
    .readdirSync(layout.runFolder)
    .filter((name) => name.endsWith('.pid.json'))
    .map((name) => JSON.parse(fs.readFileSync(path.join(layout.runFolder, name), 'utf8')));
}

function stackIn(context) {
  const folder = temporaryFolder();
  const started = [];
  context.after(async () => {
    await Promise.all(started.map(end));
    removeFolder(folder);
  });
  return { ...layoutAt(path.join(folder, 'stack')), started };
}

async function query(layout, ports, sql) {
  const client = new pg.Client(stackEnvironment(readKeys(layout), ports, {}).DATABASE_URL);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('after kill -9 everything ends by itself', LIMIT, async (context) => {
  const layout = stackIn(context);
  const ports = await freePorts();
  const started = start(layout, ports);
  await untilReady(started);
  const processes = recorded(layout);
  assert.equal(processes.length, 3);
  started.child.kill('SIGKILL');
  await until(() => !processes.some(stillRuns), { timeoutMs: END_MS });
  await until(() => recorded(layout).length === 0, { timeoutMs: END_MS });
  for (const port of Object.values(ports)) assert.equal(await accepts(port), false, `port ${port}`);
});

// `kill` of npm reaches npm and its shell; `kill -9` not even the shell.
for (const signal of ['SIGTERM', 'SIGKILL']) {
  test(`when npm gets ${signal}, the stack ends with it`, LIMIT, async (context) => {
    const layout = stackIn(context);
    const script = path.join(REPOSITORY_ROOT, 'tools', 'stack', 'commands', 'backend.mjs');
    const command = [process.execPath, script, 'up'].map((word) => JSON.stringify(word)).join(' ');
    fs.writeFileSync(
      path.join(path.dirname(layout.root), 'package.json'),
      JSON.stringify({ scripts: { up: command } }),
    );
    const ports = await freePorts();
    const npm = spawn('npm', ['run', 'up', '--prefix', path.dirname(layout.root)], {
      cwd: REPOSITORY_ROOT,
      env: { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: layout.root },
    });
    const started = { child: npm, output: '', exited: new Promise((resolve) => npm.once('exit', resolve)) };
    npm.stdout.on('data', (data) => (started.output += data));
    layout.started.push(started);
    await untilReady(started);
    const processes = recorded(layout);
    npm.kill(signal);
    await until(() => !processes.some(stillRuns), { timeoutMs: END_MS });
    await until(() => runningStack(layout) === null, { timeoutMs: END_MS });
    for (const port of Object.values(ports)) assert.equal(await accepts(port), false, `port ${port}`);
  });
}

/** As when the machine has no memory left: nobody can stop anything. */
async function killWithGuardian({ child, exited }) {
  const guardians = fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === child.pid && isGuardian(pid));
  assert.equal(guardians.length, 1);
  for (const pid of guardians) process.kill(Number(pid), 'SIGKILL');
  child.kill('SIGKILL');
  await exited;
}

const isGuardian = (pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('guardian.mjs');

test('when its guardian is killed too, the next start cleans up, and the data is there', LIMIT, async (context) => {
  if (process.platform !== 'linux') return context.skip('needs /proc');
  const layout = stackIn(context);
  const ports = await freePorts();
  const first = start(layout, ports);
  await untilReady(first);
  await query(layout, ports, 'create table public.kept as select 42 as answer');
  const before = recorded(layout);
  await killWithGuardian(first);
  assert.ok(before.every(stillRuns), 'a killed process can stop nothing');

  const second = start(layout, ports);
  await untilReady(second);
  assert.match(second.output, /left running: .*postgres/);
  assert.equal(before.some(stillRuns), false);
  assert.deepEqual(await query(layout, ports, 'select answer from public.kept'), [{ answer: 42 }]);

  const after = recorded(layout);
  second.child.kill('SIGINT');
  assert.equal(await second.exited, 0);
  assert.equal(after.some(stillRuns), false);
  assert.deepEqual(recorded(layout), []);
  for (const port of Object.values(ports)) assert.equal(await accepts(port), false, `port ${port}`);
});

test('even when every process is killed at once, the data is there', LIMIT, async (context) => {
  const layout = stackIn(context);
  const ports = await freePorts();
  const first = start(layout, ports);
  await untilReady(first);
  await query(layout, ports, 'create table public.kept as select 43 as answer');
  first.child.kill('SIGKILL');
  for (const { pid } of recorded(layout)) process.kill(pid, 'SIGKILL');
  await first.exited;
  const second = start(layout, ports);
  await untilReady(second);
  assert.deepEqual(await query(layout, ports, 'select answer from public.kept'), [{ answer: 43 }]);
  second.child.kill('SIGTERM');
  assert.equal(await second.exited, 0);
});

test('asked to end in the middle of a start, it leaves nothing', LIMIT, async (context) => {
  const layout = stackIn(context);
  const ports = await freePorts();
  const started = start(layout, ports);
  await until(() => started.output.includes('postgres'), { timeoutMs: READY_MS });
  const children = recorded(layout);
  started.child.kill('SIGINT');
  await started.exited;
  assert.equal(children.some(stillRuns), false);
  assert.equal(processIdentity(started.child.pid), null);
  for (const port of Object.values(ports)) assert.equal(await accepts(port), false, `port ${port}`);
});

test('two stacks run side by side; run passes on the exit status', LIMIT, async (context) => {
  const [one, other] = [stackIn(context), stackIn(context)];
  const firstPorts = await freePorts();
  const first = start(one, firstPorts);
  await untilReady(first);
  const second = start(
    other,
    await freePorts(),
    'run',
    process.execPath,
    '--input-type=module',
    '-e',
    `
    const reached = await fetch(process.env.SUPABASE_URL + '/auth/v1/health', { headers: { apikey: process.env.SUPABASE_ANON_KEY } });
    process.exit(reached.status === 200 ? 7 : 1);`.replaceAll('\n', ' '),
  );
  assert.equal(await second.exited, 7, second.output);
  assert.equal(await accepts(firstPorts.gateway), true, 'the other stack still runs');
});
