// The calls of cargo behind `npm start` and `npm run build`.

import fs from 'node:fs';
import path from 'node:path';
import { assembleClient } from '../../../shared/client/assemble.mjs';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { childEnvironment } from './toolchain.mjs';

const XTASK = path.join(REPOSITORY_ROOT, 'target', 'debug', 'xtask');

// What the build tool is made of.
const XTASK_SOURCES = ['tools/xtask', 'Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml'];

/**
 * The build tool itself, unless it is newer than its sources: cargo would say the same, but only when no other cargo
 * is compiling. Returns whether there was something to do. `options` are those of `run`.
 */
export async function buildXtask(options) {
  if (isNewerThan(XTASK, XTASK_SOURCES)) return false;
  await cargo(['build', '--package', 'xtask'], options);
  return true;
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

/** Whether a file is there and younger than all others: files of the repository, or folders of them. */
export function isNewerThan(file, sources, root = REPOSITORY_ROOT) {
  const time = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.every((source) => newest(path.join(root, source)) < time);
}

// A folder's own time tells of files that went or came.
function newest(place) {
  const stat = fs.statSync(place);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...fs.readdirSync(place).map((name) => newest(path.join(place, name))));
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
