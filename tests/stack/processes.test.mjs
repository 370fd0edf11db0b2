// Child processes: none is left behind, and nobody else's is ever stopped.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { processIdentity, stillRuns } from '../../tools/stack/processes/identity.mjs';
import { lockStack, runningStack, unlockStack } from '../../tools/stack/processes/lock.mjs';
import { Processes, startGuardian, stopLeftovers } from '../../tools/stack/processes/processes.mjs';
import { until } from '../../tools/stack/processes/waiting.mjs';
import { portsFrom } from '../../tools/stack/settings/ports.mjs';
import { removeFolder, temporaryLayout } from './support.mjs';

const FOREVER = ['-e', 'setInterval(() => {}, 1000)'];
const STUBBORN = ['-e', "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"];

function stack(context, options) {
  const layout = temporaryLayout();
  const processes = new Processes(layout, options);
  context.after(async () => {
    processes.killAll();
    removeFolder(path.dirname(layout.root));
  });
  return { layout, processes };
}

const gone = (pid) => () => processIdentity(pid) === null;
const recordOf = (layout, name) => path.join(layout.runFolder, `${name}.pid.json`);

test('a process has one identity for its whole life, and none after it', async () => {
  const child = spawn(process.execPath, FOREVER);
  const identity = processIdentity(child.pid);
  assert.equal(typeof identity, 'string');
  assert.equal(processIdentity(child.pid), identity);
  assert.notEqual(identity, null);
  child.kill('SIGKILL');
  await until(gone(child.pid));
  assert.equal(stillRuns({ pid: child.pid, identity }), false);
});

test('a zombie counts as dead', { skip: process.platform !== 'linux' && 'needs /proc' }, async () => {
  // The shell starts a child, becomes a program that never collects it, and the child ends.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pid = await new Promise((resolve) => parent.stdout.once('data', (data) => resolve(Number(data))));
  await until(() => / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')));
  assert.equal(processIdentity(pid), null);
  parent.kill('SIGKILL');
});

test('stopping is polite first and forceful when that does not help', async (context) => {
  const { processes } = stack(context);
  const polite = processes.start('polite', process.execPath, FOREVER);
  await processes.stop('polite');
  assert.equal(polite.signalCode, 'SIGTERM');
  const stubborn = processes.start('stubborn', process.execPath, STUBBORN, { politeStopMs: 200 });
  await until(() => fs.readFileSync(processes.logFile('stubborn'), 'utf8').includes('up'));
  await processes.stop('stubborn');
  assert.equal(stubborn.signalCode, 'SIGKILL');
});

test('what a process has started itself goes with it', async (context) => {
  const { processes } = stack(context);
  processes.start('shell', '/bin/sh', ['-c', 'sleep 300 & echo $!; wait']);
  const pid = Number(await until(() => fs.readFileSync(processes.logFile('shell'), 'utf8').trim()));
  assert.notEqual(processIdentity(pid), null);
  await processes.stop('shell');
  await until(gone(pid));
});

test('the last started is stopped first, and kept ones stay', async (context) => {
  const { processes } = stack(context);
  const order = [];
  for (const name of ['first', 'second', 'third']) {
    processes.start(name, process.execPath, FOREVER).once('exit', () => order.push(name));
  }
  await processes.stopAllExcept(['first']);
  assert.deepEqual(order, ['third', 'second']);
  assert.equal(processes.isRunning('first'), true);
  await processes.stopAllExcept();
  assert.deepEqual(order, ['third', 'second', 'first']);
});

test('a process that ends by itself is reported, one that was stopped is not', async (context) => {
  const reports = [];
  const { processes } = stack(context, { onUnexpectedExit: (report) => reports.push(report) });
  processes.start('stopped', process.execPath, FOREVER);
  await processes.stop('stopped');
  processes.start('crashing', process.execPath, ['-e', 'process.exit(7)']);
  await until(() => reports.length > 0);
  assert.deepEqual(
    reports.map(({ name, code }) => [name, code]),
    [['crashing', 7]],
  );
});

test('a process that fails to start says why', async (context) => {
  const { processes } = stack(context);
  processes.start('broken', process.execPath, ['-e', "console.error('the reason'); process.exit(1)"]);
  await assert.rejects(
    processes.waitUntilReady('broken', () => false),
    /broken ended while it was starting[\s\S]*the reason/,
  );
  processes.start('absent', '/no/such/program');
  await assert.rejects(
    processes.waitUntilReady('absent', () => false),
    /absent could not be started: .*ENOENT/,
  );
  processes.start('slow', process.execPath, FOREVER);
  await assert.rejects(
    processes.waitUntilReady('slow', () => false, { timeoutMs: 50, advice: 'Do this.' }),
    /not ready within[\s\S]*Do this/,
  );
});

test('the log before the last one is kept', async (context) => {
  const { layout, processes } = stack(context);
  for (const word of ['first', 'second']) {
    processes.start('talker', process.execPath, ['-e', `console.log('${word}'); setInterval(() => {}, 1000)`]);
    await until(() => fs.readFileSync(processes.logFile('talker'), 'utf8').includes(word));
    await processes.stop('talker');
  }
  assert.equal(fs.readFileSync(path.join(layout.logsFolder, 'talker.previous.log'), 'utf8'), 'first\n');
});

test('what a killed start left behind is stopped by the next one', async (context) => {
  const { layout } = stack(context);
  const leftover = spawn(process.execPath, FOREVER, { detached: true, stdio: 'ignore' });
  const record = { pid: leftover.pid, identity: processIdentity(leftover.pid), stopSignal: 'SIGTERM' };
  fs.writeFileSync(recordOf(layout, 'leftover'), JSON.stringify(record));
  assert.deepEqual(await stopLeftovers(layout), ['leftover']);
  assert.equal(processIdentity(leftover.pid), null);
  assert.deepEqual(fs.readdirSync(layout.runFolder), []);
});

test('a process that has got the number of a dead one is left alone', async (context) => {
  const { layout } = stack(context);
  const stranger = spawn(process.execPath, FOREVER);
  fs.writeFileSync(
    recordOf(layout, 'old'),
    JSON.stringify({ pid: stranger.pid, identity: 'another start time', stopSignal: 'SIGKILL' }),
  );
  fs.writeFileSync(recordOf(layout, 'half'), '{"pid": 1');
  fs.writeFileSync(
    recordOf(layout, 'init'),
    JSON.stringify({ pid: 1, identity: processIdentity(1), stopSignal: 'SIGKILL' }),
  );
  assert.deepEqual(await stopLeftovers(layout), []);
  assert.notEqual(processIdentity(stranger.pid), null);
  stranger.kill('SIGKILL');
});

test('one stack folder, one running stack', async (context) => {
  const { layout } = stack(context);
  const ports = portsFrom(20_000);
  lockStack(layout, ports);
  assert.deepEqual(runningStack(layout), { pid: process.pid, port: 20_000 });
  const other = spawnSync(process.execPath, [
    '--input-type=module',
    '-e',
    `import { lockStack } from '${new URL('../../tools/stack/processes/lock.mjs', import.meta.url)}';
     import { layoutAt } from '${new URL('../../tools/stack/settings/layout.mjs', import.meta.url)}';
     lockStack(layoutAt('${layout.root}'), { web: 1 });`,
  ]);
  assert.notEqual(other.status, 0);
  assert.match(
    other.stderr.toString(),
    new RegExp(`already running on ${layout.root} \\(process ${process.pid}, PORT=20000\\)`),
  );
  unlockStack(layout);
  assert.equal(runningStack(layout), null);
  fs.writeFileSync(layout.stackFile, JSON.stringify({ pid: process.pid, identity: 'a process of yesterday', port: 1 }));
  lockStack(layout, ports);
  assert.equal(runningStack(layout).pid, process.pid, 'the lock of a dead process is taken over');
});

test('the guardian stops what is left while its starter is still seen to end', async (context) => {
  const { layout } = stack(context);
  lockStack(layout, portsFrom(20_000));
  const child = spawn(process.execPath, FOREVER);
  context.after(() => child.kill('SIGKILL'));
  const record = { pid: child.pid, identity: processIdentity(child.pid), stopSignal: 'SIGTERM' };
  fs.writeFileSync(recordOf(layout, 'forever'), JSON.stringify(record));
  const guardian = startGuardian(layout);
  guardian.stdin.end();
  await until(gone(child.pid));
  await until(() => !fs.existsSync(recordOf(layout, 'forever')));
  unlockStack(layout);
});

test('the guardian leaves a new start alone', async (context) => {
  const { layout } = stack(context);
  const [child, next] = [spawn(process.execPath, FOREVER), spawn(process.execPath, FOREVER)];
  context.after(() => {
    for (const each of [child, next]) each.kill('SIGKILL');
  });
  const written = ({ pid }) => ({ pid, identity: processIdentity(pid), stopSignal: 'SIGTERM', port: 1 });
  fs.writeFileSync(recordOf(layout, 'forever'), JSON.stringify(written(child)));
  fs.writeFileSync(layout.stackFile, JSON.stringify(written(next)));
  const guardian = startGuardian(layout);
  guardian.stdin.end();
  await new Promise((resolve) => guardian.once('exit', resolve));
  assert.notEqual(processIdentity(child.pid), null);
});
