// The crates and features of everything that is tested natively. One selection for all: with another set of features
// cargo compiles core, the HTTP client or candle once more, minutes each.

import fs from 'node:fs';
import path from 'node:path';
import { isNewerThan } from '../build/cargo.mjs';
import { childEnvironment } from '../build/toolchain.mjs';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

// Named, although other crates switch them on too: a test that no longer runs would be missed by nobody.
// The worker comes with its models: the engines are members, so candle is compiled anyway.
export const NATIVE_FEATURES = 'ourvidz-core/schema,ourvidz-gpu-worker/candle';
const SELECTION = ['--workspace', '--exclude', 'xtask', '--features', NATIVE_FEATURES];
const BINARIES = path.join(REPOSITORY_ROOT, 'target', 'debug');

// What `cargo clippy -- -D warnings` sets for the check that it runs.
const CLIPPY = Object.freeze({
  RUSTC_WORKSPACE_WRAPPER: 'clippy-driver',
  CLIPPY_ARGS: '-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__',
});

/** `cargo test` of all of it, or with further arguments of a part. */
export function rustTests(args = [], env = {}) {
  return lintingCargo(['test', ...SELECTION, ...args], env);
}

/** The GPU worker. */
export const WORKER_PROGRAM = 'ourvidz-worker';
// Draws histories of jobs from the model, for the database to be compared with.
export const HISTORIES_PROGRAM = 'histories';
// Built beside a program: where no test is asked for, cargo leaves out the features that only tests switch on (of
// getrandom, by proptest), and what stands on those is compiled once more, candle for minutes.
const ANY_TEST = 'openapi';
// What these programs are made of.
const SOURCES = ['shared', 'functions', 'tests/protocol-model', 'tests/simulation', 'Cargo.toml', 'Cargo.lock'];

/** Compiles everything that is tested natively, with the programs that other tests need. */
export async function compileRustTests() {
  await rustTests(['--no-run']);
  for (const name of [WORKER_PROGRAM, HISTORIES_PROGRAM]) await testedProgram(name);
}

/**
 * Builds a program as the tests have it, and returns a copy: a document that is tested at the same time may build the
 * same program with other features, at the same place. Cargo is not asked where the copy is younger than all sources: it
 * would say the same, but wait for any other cargo first. `output` are options of `run`.
 */
export async function testedProgram(name, output = {}) {
  const copy = path.join(BINARIES, `${name}-of-the-tests`);
  if (isNewerThan(copy, SOURCES)) return copy;
  await lintingCargo(['build', '--profile', 'test', ...SELECTION, '--bin', name, '--test', ANY_TEST], {}, output);
  const fresh = `${copy}.${process.pid}`;
  fs.copyFileSync(path.join(BINARIES, name), fresh);
  // Whoever runs the one before keeps it.
  fs.renameSync(fresh, copy);
  return copy;
}

/** Runs cargo in the repository. */
export function cargo(args, env = {}, options = {}) {
  return run('cargo', args, { cwd: REPOSITORY_ROOT, env: childEnvironment(env), ...options });
}

/**
 * The same, with clippy as the compiler of our own crates: it compiles as rustc does and says what it sees, so that
 * what is tested natively is not looked at twice. All that shares artifacts has to be called so.
 */
export function lintingCargo(args, env = {}, options = {}) {
  return cargo(args, { ...CLIPPY, ...env }, options);
}
