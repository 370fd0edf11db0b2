// The crates and features of everything that is tested natively. One selection for all: with another set of features
// cargo compiles core, the HTTP client or candle once more, minutes each.

import fs from 'node:fs';
import path from 'node:path';
import { childEnvironment } from '../build/toolchain.mjs';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

// Named, although other crates switch them on too: a test that no longer runs would be missed by nobody.
// The worker comes with its models: the engines are members, so candle is compiled anyway.
export const NATIVE_FEATURES = 'ourvidz-core/schema,ourvidz-gpu-worker/candle';
const SELECTION = ['--workspace', '--exclude', 'xtask', '--features', NATIVE_FEATURES];
const BINARIES = path.join(REPOSITORY_ROOT, 'target', 'debug');

/** `cargo test` of all of it, or with further arguments of a part. */
export function rustTests(args = [], env = {}) {
  return cargo(['test', ...SELECTION, ...args], env);
}

/**
 * Builds a program as the tests have it, and returns a copy: a document that is tested at the same time may build the
 * same program with other features, at the same place. `output` are options of `run`.
 */
export async function testedProgram(name, output = {}) {
  await cargo(['build', '--profile', 'test', ...SELECTION, '--bin', name], {}, output);
  const copy = path.join(BINARIES, `${name}-of-the-tests`);
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
