// What `npm test` does. Cheap checks come first; steps that share build artifacts follow each other.

import fs from 'node:fs';
import path from 'node:path';
import { lintMigrations } from '../../database/lint.mjs';
import {
  checkTools,
  childEnvironment,
  installPackages,
  installWasmTarget,
  modernNode,
  WASM_TARGET,
} from '../build/toolchain.mjs';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { chromedriver, installBrowser } from './browser.mjs';
import { REPORTERS } from './failures.mjs';
import {
  cargo,
  compileRustTests,
  lintingCargo,
  NATIVE_FEATURES,
  rustTests,
  testedProgram,
  WORKER_PROGRAM,
} from './rust-tests.mjs';

// Crates whose tests also run as wasm: what the edge and the browser share.
const SHARED_WITH_BROWSER = [
  'ourvidz-policy',
  'ourvidz-prompts',
  'ourvidz-sign',
  'ourvidz-client',
  'ourvidz-client-tokens',
];
// Only natively: the build tool, the GPU worker, and the model and the simulation that are explored in tests.
const NATIVE_ONLY = [
  'xtask',
  'ourvidz-gpu-worker',
  'ourvidz-engine-base',
  'ourvidz-engine-sdxl',
  'ourvidz-engine-wan',
  'ourvidz-engine-qwen',
  'ourvidz-engine-check',
  'ourvidz-model',
  'ourvidz-simulation',
];
const [STUDIO, JOURNEYS] = [true, false].map((inStudio) =>
  testFiles('tests/journeys').filter((file) => path.basename(file).startsWith('studio') === inStudio),
);
// A slow machine needs longer than the runner's default of 20 s to start a browser.
const BROWSER_TIMEOUT_S = '120';

/** The steps that need the service, beside those that compile: they mostly wait, and a linker uses one core. */
export const SERVICE = 'service';

/**
 * Every step: its name, what it does, whether the fast run leaves it out (`slow`), whether it is done for who asks for
 * it by name alone (`asked`), and whether all others need it (`required`). The others run in two lanes, each in this
 * order; what a step needs of the other lane stands in `after`. What drives a browser and a worker beside the other lane
 * may look a second time at `files` of its own that failed.
 */
export function testPlan() {
  return [
    { name: 'tools', required: true, run: () => checkTools() },
    { name: 'npm packages', required: true, run: () => installPackages() },
    { name: 'wasm target', required: true, run: () => installWasmTarget() },
    { name: 'browser', slow: true, required: true, run: () => installBrowser() },
    { name: 'format', run: format },
    { name: 'build tool', run: buildTool },
    { name: 'tidy', run: tidy },
    // First of all that compiles for long: the other lane needs its programs.
    { name: 'rust compile', run: compileRustTests },
    { name: 'lint', run: lint },
    { name: 'native lint', asked: true, run: lintNative },
    { name: 'rust', run: rust },
    { name: 'wasm in node', run: () => wasmTests() },
    {
      name: 'wasm in chromium',
      slow: true,
      run: () =>
        wasmTests({
          WASM_BINDGEN_USE_BROWSER: '1',
          WASM_BINDGEN_TEST_TIMEOUT: BROWSER_TIMEOUT_S,
          CHROMEDRIVER: chromedriver(),
        }),
    },
    { name: 'rustdoc', run: rustdoc },
    {
      name: 'build',
      slow: true,
      lane: SERVICE,
      after: ['build tool'],
      run: () => script('deploy.mjs', '--dry-run'),
    },
    { name: 'stack', lane: SERVICE, run: () => nodeTests('tests/stack') },
    { name: 'page', lane: SERVICE, run: () => nodeTests('tests/page') },
    { name: 'client', lane: SERVICE, run: () => nodeTests('tests/client') },
    {
      name: 'functions',
      slow: true,
      lane: SERVICE,
      run: () => withStack(['--functions'], testFiles('tests/functions')),
    },
    {
      name: 'openapi fuzz',
      slow: true,
      lane: SERVICE,
      run: () => withStack(['--functions'], testFiles('tests/openapi-fuzz')),
    },
    { name: 'studio', slow: true, lane: SERVICE, after: ['rust compile'], files: STUDIO, run: journeys },
    { name: 'chaos', slow: true, lane: SERVICE, after: ['rust compile'], run: chaos },
    { name: 'worker models', slow: true, lane: SERVICE, after: ['rust compile'], run: workerModels },
    { name: 'sql', after: ['rust compile'], run: () => withStack([], testFiles('tests/sql')) },
    { name: 'journeys', slow: true, after: ['build', 'rust compile'], files: JOURNEYS, run: journeys },
  ];
}

async function format() {
  await cargo(['fmt', '--all', '--check']);
  await run('biome', ['check', '--error-on-warnings'], { cwd: REPOSITORY_ROOT, env: childEnvironment() });
}

/** What compiles for wasm alone; what is native is linted as it is compiled for its tests. */
async function lint() {
  await lintMigrations();
  const excluded = NATIVE_ONLY.flatMap((name) => ['--exclude', name]);
  await cargo(['clippy', '--workspace', ...excluded, '--target', WASM_TARGET, '--', '-D', 'warnings']);
}

/** The rest, for who does not want to wait for the tests. */
function lintNative() {
  return cargo(['clippy', '--workspace', '--all-targets', '--features', NATIVE_FEATURES, '--', '-D', 'warnings']);
}

// In one process: they only read files, and starting one for each file takes longer than all that they look at.
function tidy() {
  return node(['--test', '--experimental-test-isolation=none', ...REPORTERS, ...testFiles('tests/tidy')]);
}

// Nobody but us reads it, so what is private is described and linked to as well.
function rustdoc() {
  const documented = ['doc', '--workspace', '--no-deps', '--document-private-items', '--features', NATIVE_FEATURES];
  return cargo(documented, { RUSTDOCFLAGS: '-D warnings -A rustdoc::private_intra_doc_links' });
}

// With the runner of the wasm tests, which later steps need too: without it, their common dependencies would have other
// features and be compiled twice.
const BUILD_TOOL = ['--package', 'xtask', '--features', 'test-runner'];

function buildTool() {
  return lintingCargo(['build', '--profile', 'test', ...BUILD_TOOL]);
}

async function rust() {
  await rustTests();
  await lintingCargo(['test', ...BUILD_TOOL]);
  // As `npm start` builds it: everything else here has it with its models.
  await cargo(['check', '--package', 'ourvidz-gpu-worker']);
}

// On the functions of the step `build`, so what is tested is what would be deployed.
async function journeys(files) {
  await testedProgram(WORKER_PROGRAM);
  await withStack(['--functions', '--worker'], files);
}

// Each file starts a stack of its own, and kills parts of it.
async function chaos() {
  await testedProgram(WORKER_PROGRAM);
  await nodeTests('tests/chaos');
}

async function workerModels() {
  const program = await testedProgram(WORKER_PROGRAM);
  await withStack(['--functions'], testFiles('tests/worker-models'), { WORKER_BINARY: program });
}

function wasmTests(env = {}) {
  const packages = SHARED_WITH_BROWSER.flatMap((name) => ['--package', name]);
  return cargo(['test', '--target', WASM_TARGET, ...packages, '--all-features', '--test', '*'], env);
}

function nodeTests(folder) {
  return node(['--test', ...REPORTERS, ...testFiles(folder)]);
}

// One file at a time: they share one stack.
function withStack(flags, files, env = {}) {
  const test = [modernNode(), '--test', ...REPORTERS, '--test-concurrency=1', ...files];
  return node([path.join('tools', 'stack', 'testing', 'with-stack.mjs'), ...flags, '--', ...test], env);
}

/** The test files of a folder. None at all is a mistake, not a pass. */
export function testFiles(folder) {
  const absolute = path.join(REPOSITORY_ROOT, folder);
  const files = fs.existsSync(absolute) ? fs.readdirSync(absolute).filter((file) => file.endsWith('.test.mjs')) : [];
  if (files.length === 0) throw new Error(`${folder} holds no *.test.mjs`);
  return files.sort().map((file) => path.join(folder, file));
}

function script(name, ...args) {
  return node([path.join('tools', 'stack', 'commands', name), ...args]);
}

function node(args, env = {}) {
  return run(modernNode(), args, { cwd: REPOSITORY_ROOT, env: childEnvironment(env) });
}
