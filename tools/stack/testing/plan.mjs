// What `npm test` does, in order. Cheap checks come first; steps that share build artifacts follow each other.

import fs from 'node:fs';
import path from 'node:path';
import { lintMigrations } from '../../database/lint.mjs';
import { buildWorker } from '../build/cargo.mjs';
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
  'ourvidz-model',
  'ourvidz-simulation',
];
// Named, although other crates switch them on too: a test that no longer runs would be missed by nobody.
const CORE_FEATURES = 'ourvidz-core/clip,ourvidz-core/schema,ourvidz-prompts/clip';
// The worker with its models: the engines are members, so candle is compiled anyway.
const NATIVE_FEATURES = `${CORE_FEATURES},ourvidz-gpu-worker/candle`;
const RUST_TESTS = ['test', '--workspace', '--exclude', 'xtask', '--features', NATIVE_FEATURES];
// A slow machine needs longer than the runner's default of 20 s to start a browser.
const BROWSER_TIMEOUT_S = '120';

/**
 * Every step: its name, what it does, whether the fast run leaves it out (`slow`), and whether all others need it
 * (`required`). Steps that mostly wait are done `beside` the ones that follow the build: each has a stack of its own.
 */
export function testPlan() {
  return [
    { name: 'tools', required: true, run: () => checkTools() },
    { name: 'npm packages', required: true, run: () => installPackages() },
    { name: 'wasm target', required: true, run: () => installWasmTarget() },
    { name: 'browser', slow: true, required: true, run: () => installBrowser() },
    { name: 'format', run: format },
    { name: 'tidy', run: () => nodeTests('tests/tidy') },
    { name: 'stack', run: () => nodeTests('tests/stack') },
    { name: 'page', run: () => nodeTests('tests/page') },
    { name: 'client', run: () => nodeTests('tests/client') },
    { name: 'lint', run: lint },
    { name: 'rustdoc', run: rustdoc },
    { name: 'rust', run: rustTests },
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
    { name: 'sql', run: () => withStack([], 'tests/sql') },
    { name: 'build', slow: true, run: () => script('deploy.mjs', '--dry-run') },
    { name: 'functions', slow: true, run: () => withStack(['--functions'], 'tests/functions') },
    { name: 'openapi fuzz', slow: true, beside: true, run: () => withStack(['--functions'], 'tests/openapi-fuzz') },
    { name: 'journeys', slow: true, run: journeys },
    { name: 'chaos', slow: true, beside: true, run: chaos },
    { name: 'worker models', slow: true, beside: true, run: workerModels },
  ];
}

async function format() {
  await cargo(['fmt', '--all', '--check']);
  await run('biome', ['check', '--error-on-warnings'], { cwd: REPOSITORY_ROOT, env: childEnvironment() });
}

async function lint() {
  await lintMigrations();
  await cargo(['clippy', '--workspace', '--all-targets', '--features', NATIVE_FEATURES, '--', '-D', 'warnings']);
  const excluded = NATIVE_ONLY.flatMap((name) => ['--exclude', name]);
  await cargo(['clippy', '--workspace', ...excluded, '--target', WASM_TARGET, '--', '-D', 'warnings']);
}

// After clippy, which has looked at the same dependencies with the same features. Nobody but us reads it, so what is
// private is described and linked to as well.
function rustdoc() {
  const documented = ['doc', '--workspace', '--no-deps', '--document-private-items', '--features', NATIVE_FEATURES];
  return cargo(documented, { RUSTDOCFLAGS: '-D warnings -A rustdoc::private_intra_doc_links' });
}

// The build tool is tested with the feature of the wasm test runner: the steps after this one need
// both programs, and one set of features compiles their large dependencies once.
async function rustTests() {
  await cargo(RUST_TESTS);
  await cargo(['test', '--package', 'xtask', '--features', 'test-runner']);
}

// On the functions of the step before, so what is tested is what would be deployed.
async function journeys() {
  await buildWorker();
  await withStack(['--functions', '--worker'], 'tests/journeys');
}

// Each file starts a stack of its own, and kills parts of it.
async function chaos() {
  await buildWorker();
  await nodeTests('tests/chaos');
}

// The worker with its models, by the same selection of crates and features as the tests of Rust: what they have
// compiled, candle above all, is used again. A test of the program makes cargo build the program; other steps build
// it without the models at the same place, so this one takes a copy.
async function workerModels() {
  await cargo([...RUST_TESTS, '--test', 'generate', '--no-run']);
  const built = path.join(REPOSITORY_ROOT, 'target', 'debug', 'ourvidz-worker');
  const copy = `${built}-with-models`;
  fs.copyFileSync(built, copy);
  await withStack(['--functions'], 'tests/worker-models', { WORKER_BINARY: copy });
}

function wasmTests(env = {}) {
  const packages = SHARED_WITH_BROWSER.flatMap((name) => ['--package', name]);
  return cargo(['test', '--target', WASM_TARGET, ...packages, '--all-features', '--test', '*'], env);
}

function nodeTests(folder) {
  return node(['--test', ...testFiles(folder)]);
}

// One file at a time: they share one stack.
function withStack(flags, folder, env = {}) {
  const test = [modernNode(), '--test', '--test-concurrency=1', ...testFiles(folder)];
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

function cargo(args, env = {}) {
  return run('cargo', args, { cwd: REPOSITORY_ROOT, env: childEnvironment(env) });
}
