// The decisions behind `npm start`, `npm test` and `npm run deploy`: what needs no running service.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { aboveBudget, sizeTable } from '../../tools/stack/build/bundles.mjs';
import { isNewerThan } from '../../tools/stack/build/cargo.mjs';
import { calledFirst, readFunctions } from '../../tools/stack/build/functions.mjs';
import { allowOrigin, assemblePage } from '../../tools/stack/build/page.mjs';
import { variablesFor } from '../../tools/stack/build/rust-toolchain.mjs';
import { isAtLeast, packagesMatch } from '../../tools/stack/build/toolchain.mjs';
import { Progress } from '../../tools/stack/commands/progress.mjs';
import { readStartFlags } from '../../tools/stack/commands/start-flags.mjs';
import { CommandFailed, run } from '../../tools/stack/processes/run.mjs';
import { nextMinute } from '../../tools/stack/serving/cron.mjs';
import { workerKeeper } from '../../tools/stack/serving/services.mjs';
import { knownSettings, publicHost, readSettings } from '../../tools/stack/settings/settings-file.mjs';
import { inLanes } from '../../tools/stack/testing/lanes.mjs';
import { testFiles, testPlan } from '../../tools/stack/testing/plan.mjs';
import { removeFolder, temporaryFolder } from './support.mjs';

test('versions are compared by number, not by text', () => {
  assert.equal(isAtLeast('v22.12.0', [22, 12]), true);
  assert.equal(isAtLeast('v22.9.1', [22, 12]), false);
  assert.equal(isAtLeast('v100.0.0', [22, 12]), true);
  assert.equal(isAtLeast('', [22, 12]), false);
});

test('the pinned Rust is found under another name, where rustup would have to fetch it', () => {
  const versions = { 'nightly-linux': '1.97.0', 'stable-linux': '1.95.0' };
  const choose = (pinned, installed) => variablesFor(pinned, installed, (name) => versions[name]);
  assert.deepEqual(choose('1.95.0', ['nightly-linux', 'stable-linux']), { RUSTUP_TOOLCHAIN: 'stable-linux' });
  assert.deepEqual(choose('1.95.0', ['stable-linux', '1.95.0-linux']), {});
  assert.deepEqual(choose('1.96.0', ['nightly-linux', 'stable-linux']), {});
  assert.deepEqual(choose('1.95.0', []), {});
});

test('npm ci runs only when a package is missing or different', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/mac': { version: '1.0.0', optional: true },
  };
  const match = (installed) => packagesMatch({ packages: wanted }, { packages: installed });
  assert.equal(match({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } }), true);
  assert.equal(match({ 'node_modules/a': { version: '1.0.0', integrity: 'other' } }), false);
  assert.equal(match({ 'node_modules/a': { version: '2.0.0', integrity: 'x' } }), false);
  assert.equal(match({}), false);
});

test('what was built is current until one of its sources is younger', (context) => {
  const folder = temporaryFolder();
  context.after(() => removeFolder(folder));
  const at = (name, seconds) => fs.utimesSync(path.join(folder, name), seconds, seconds);
  fs.mkdirSync(path.join(folder, 'src'));
  for (const file of ['src/main.rs', 'lock', 'built']) fs.writeFileSync(path.join(folder, file), '');
  const current = (file = 'built') => isNewerThan(path.join(folder, file), ['src', 'lock'], folder);
  for (const [name, seconds] of Object.entries({ 'src/main.rs': 10, src: 10, lock: 20, built: 30 })) at(name, seconds);
  assert.equal(current(), true);
  assert.equal(current('missing'), false);
  at('src/main.rs', 40);
  assert.equal(current(), false);
  at('src/main.rs', 10);
  at('src', 40);
  assert.equal(current(), false, 'a file has gone');
  at('src', 10);
  at('lock', 40);
  assert.equal(current(), false);
});

test('start knows its flags and refuses others with an explanation', () => {
  assert.deepEqual(readStartFlags([]), { fresh: false, worker: true, help: false });
  assert.deepEqual(readStartFlags(['--fresh', '--no-worker']), { fresh: true, worker: false, help: false });
  assert.throws(() => readStartFlags(['--frehs']), /--frehs[\s\S]*Usage: npm start/);
  assert.throws(() => readStartFlags(['now']), /Usage/);
});

test('a worker that keeps dying is restarted ever more rarely, one that ran well at once again', () => {
  let now = 0;
  let restarts = 0;
  const ended = workerKeeper(() => restarts++, { now: () => now, later: (restart) => restart() });
  assert.deepEqual([ended(), ended(), ended()], [1000, 2000, 4000]);
  for (let i = 0; i < 10; i++) ended();
  assert.equal(ended(), 30_000);
  now += 60_000;
  assert.equal(ended(), 1000);
  assert.equal(restarts, 15);
});

test('a function is deployed after those that it calls', () => {
  const functions = [
    { name: 'a', services: ['b'] },
    { name: 'b', services: ['c'] },
    { name: 'c', services: [] },
  ];
  assert.deepEqual(
    calledFirst(functions).map(({ name }) => name),
    ['c', 'b', 'a'],
  );
  const real = calledFirst(readFunctions()).map(({ name }) => name);
  assert.ok(real.indexOf('events') < real.indexOf('api'));
  assert.ok(real.indexOf('enhance-prompt') < real.indexOf('queue-job'));
});

test('the next minute is never now', () => {
  assert.equal(nextMinute(0), 60_000);
  assert.equal(nextMinute(59_999), 60_000);
  assert.equal(nextMinute(60_000), 120_000);
});

test('a settings file has what the example asks for, and nothing else', () => {
  const { required, optional } = knownSettings('A=\n# text B=1\n#C=default\n');
  assert.deepEqual({ required, optional }, { required: ['A'], optional: ['C'] });
  const folder = temporaryFolder();
  const file = path.join(folder, 'production.env');
  const complete = knownSettings().required.map((name) => `${name}=value`);
  fs.writeFileSync(file, [...complete, 'CALLBACK_AUTH='].join('\n'));
  assert.deepEqual(Object.keys(readSettings(file)).sort(), knownSettings().required.sort());
  fs.writeFileSync(file, [...complete.slice(1), 'ADMIN_SECERT=hush'].join('\n'));
  assert.throws(
    () => readSettings(file),
    (error) => /is missing/.test(error.message) && /ADMIN_SECERT/.test(error.message) && !/hush/.test(error.message),
  );
  removeFolder(folder);
});

test('a deployment has one host and speaks HTTPS', () => {
  assert.equal(publicHost({ PUBLIC_BASE_URL: 'https://studio.example.com' }), 'studio.example.com');
  for (const url of [
    'http://studio.example.com',
    'https://a.example/path',
    'https://a.example:8443',
    'studio',
    undefined,
  ]) {
    assert.throws(() => publicHost({ PUBLIC_BASE_URL: url }), /PUBLIC_BASE_URL/);
  }
});

test('an origin is added to the named directives of the policy only, and once', () => {
  const before =
    "/*\n  Content-Security-Policy: default-src 'none'; img-src 'self'; connect-src 'self'\n  X-Other: connect-src\n";
  const after = allowOrigin(before, ['connect-src'], 'http://a.example:1');
  assert.equal(after, before.replace("connect-src 'self'", "connect-src 'self' http://a.example:1"));
  assert.equal(allowOrigin(after, ['connect-src'], 'http://a.example:1'), after);
});

test('the page may reach sign-in and storage of its deployment', (context) => {
  const folder = temporaryFolder();
  context.after(() => removeFolder(folder));
  const clientFolder = path.join(folder, 'client');
  fs.mkdirSync(clientFolder);
  for (const file of ['ourvidz_client.js', 'ourvidz_client_bg.wasm'])
    fs.writeFileSync(path.join(clientFolder, file), file);
  const output = path.join(folder, 'page');
  const settings = {
    SUPABASE_URL: 'https://db.example',
    S3_ENDPOINT: 'https://s3.example/x',
    PUBLIC_BASE_URL: 'https://own.example',
  };
  assemblePage(output, settings, clientFolder);
  const headers = fs.readFileSync(path.join(output, '_headers'), 'utf8');
  assert.match(headers, /connect-src [^;]*https:\/\/db\.example https:\/\/s3\.example/);
  assert.match(headers, /img-src [^;]*https:\/\/s3\.example/);
  assert.doesNotMatch(headers, /img-src [^;]*https:\/\/db\.example/);
  assert.ok(fs.existsSync(path.join(output, 'client', 'ourvidz_client_bg.wasm')));
  assert.ok(fs.existsSync(path.join(output, 'index.html')));
});

test('the first failure of a start is told with its log and what to do; later ones are not', async () => {
  const folder = temporaryFolder();
  const log = path.join(folder, 'step.log');
  let told = '';
  const progress = new Progress({ write: (text) => (told += text) });
  await progress.step('easy', async () => false);
  const command = run(process.execPath, ['-e', 'console.error("the reason"); process.exit(3)'], { log });
  await assert.rejects(
    progress.step('hard', () => command, 'Do this.'),
    CommandFailed,
  );
  await assert.rejects(
    progress.step('aborted', async () => {
      throw new Error('because of that');
    }),
  );
  assert.match(told, /✓ easy .* s {2}\(already there\)\n {2}✗ hard: .*status 3\n[\s\S]*the reason\nDo this\.\n$/);
  removeFolder(folder);
});

test('the whole test run contains the fast one, and an empty folder of tests is an error', () => {
  const names = testPlan().map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of [
    'format',
    'lint',
    'rust',
    'wasm in node',
    'wasm in chromium',
    'sql',
    'journeys',
    'studio',
    'tidy',
  ])
    assert.ok(names.includes(name), name);
  assert.ok(testFiles('tests/tidy').length > 2);
  assert.throws(() => testFiles('docs'), /no \*\.test\.mjs/);
});

test('steps wait for those of their lane and for those that they name, and for no others', async () => {
  const steps = [
    { name: 'compile' },
    { name: 'test' },
    { name: 'serve', lane: 'b' },
    { name: 'use', lane: 'b', after: ['compile', 'a step that is left out'] },
  ];
  const told = [];
  const release = new Map();
  const running = inLanes(steps, ({ name }) => {
    told.push(name);
    return new Promise((resolve) => release.set(name, () => resolve(name)));
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  assert.deepEqual(told, ['compile', 'serve']);
  release.get('serve')();
  await settled();
  assert.deepEqual(told, ['compile', 'serve'], 'use needs what compile makes');
  release.get('compile')();
  await settled();
  assert.deepEqual(told, ['compile', 'serve', 'test', 'use']);
  release.get('use')();
  release.get('test')();
  assert.deepEqual(await running, ['serve', 'compile', 'use', 'test']);
});

test('what a step waits for is a step, and comes before it where steps follow each other', () => {
  const names = testPlan().map(({ name }) => name);
  for (const { name, after = [], required, lane } of testPlan()) {
    assert.ok(!required || lane === undefined, name);
    for (const other of after) {
      assert.ok(names.includes(other), `${name} waits for ${other}`);
      assert.ok(names.indexOf(other) < names.indexOf(name), `${other} comes before ${name}`);
    }
  }
});

test('two stacks that start at the same moment get different ports, and a dead one gives its ports back', async () => {
  const reserve = `import('${new URL('../../tools/stack/testing/reserved-ports.mjs', import.meta.url)}').then(async ({ reserveBasePort }) => {
    console.log(await reserveBasePort());
    process.stdin.once('data', () => process.exit());
  })`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['-e', reserve], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const bases = await Promise.all(children.map(async ({ stdout }) => Number(await once(stdout, 'data'))));
  assert.equal(new Set(bases).size, children.length, bases.join());
  // Whoever is killed cannot tidy up; its ports are taken over all the same.
  const dead = children.pop();
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  const heir = spawn(process.execPath, ['-e', reserve], { stdio: ['pipe', 'pipe', 'inherit'] });
  assert.equal(Number(await once(heir.stdout, 'data')), bases.at(-1));
  for (const child of [...children, heir]) {
    child.stdin.write('done');
    await once(child, 'exit');
  }
  const left = bases.filter((base) => fs.existsSync(path.join(os.tmpdir(), `ourvidz-ports-${base}`)));
  assert.deepEqual(left, []);
});

test('a function that has grown is refused by name, and only one that carries more may be larger', () => {
  const bundles = ['claim-job', 'enhance-prompt', 'a new one'].map((name) => ({ name, gzip: 201_000 }));
  assert.deepEqual(
    aboveBudget(bundles).map(({ name }) => name),
    ['claim-job', 'a new one'],
  );
  assert.deepEqual(aboveBudget([{ name: 'enhance-prompt', gzip: 5_000_000 }]).length, 1);
});

test('sizes are a table that a person can compare', () => {
  assert.equal(
    sizeTable([{ name: 'api', raw: 1234567, gzip: 99 }]).split('\n')[1],
    '  api                     1,234,567         99',
  );
});
