// The calls of cargo behind `npm start` and `npm run build`.

import path from 'node:path';
import { assembleClient } from '../../../shared/client/assemble.mjs';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { childEnvironment } from './toolchain.mjs';

const XTASK = path.join(REPOSITORY_ROOT, 'target', 'debug', 'xtask');

/** The build tool itself. `options` are those of `run`. */
export function buildXtask(options) {
  return cargo(['build', '--package', 'xtask'], options);
}

/** Every function, or the named ones, to build/<name>; `release` as they are deployed. The tool must be built. */
export function buildFunctions({ release = false, names = [], ...options } = {}) {
  return run(XTASK, ['build', ...profile(release), ...names], inRepository(options));
}

/** The client, as the npm package in build/client. The tool must be built. */
export async function buildClient({ release = false, ...options } = {}) {
  await run(XTASK, ['client', ...profile(release)], inRepository(options));
  assembleClient({ release });
}

/** The GPU worker with the preview engine. */
export function buildWorker(options) {
  return cargo(['build', '--package', 'ourvidz-gpu-worker'], options);
}

/** The same, as it is released. */
export function buildReleasedWorker(options) {
  return cargo(['build', '--release', '--package', 'ourvidz-gpu-worker'], options);
}

function profile(release) {
  return release ? ['--release'] : [];
}

function cargo(args, options) {
  return run('cargo', args, inRepository(options));
}

function inRepository(options) {
  return { cwd: REPOSITORY_ROOT, env: childEnvironment(), ...options };
}
