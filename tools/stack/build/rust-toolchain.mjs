// Which Rust builds this: the version that rust-toolchain.toml pins.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

/** The pinned version, such as `1.95.0`. */
export function pinnedRust() {
  const text = fs.readFileSync(path.join(REPOSITORY_ROOT, 'rust-toolchain.toml'), 'utf8');
  const [, version] = /^channel = "(\d+\.\d+\.\d+)"$/m.exec(text) ?? [];
  if (version === undefined) throw new Error('rust-toolchain.toml pins no version');
  return version;
}

let chosen;

/**
 * What makes rustup take the pinned version where it is installed under another name alone: a machine without
 * network often has `stable`, which is that very version today. Nothing where rustup finds it by itself.
 */
export function rustupVariables() {
  chosen ??= process.env.RUSTUP_TOOLCHAIN ? {} : variablesFor(pinnedRust(), installedToolchains(), versionOf);
  return chosen;
}

/** The same from what is installed; `version(name)` is the version of a toolchain. */
export function variablesFor(pinned, installed, version) {
  const isThere = installed.some((name) => name === pinned || name.startsWith(`${pinned}-`));
  if (isThere) return {};
  const same = installed.find((name) => version(name) === pinned);
  return same === undefined ? {} : { RUSTUP_TOOLCHAIN: same };
}

// Without rustup there is one Rust, and nothing to choose.
function installedToolchains() {
  const { status, stdout } = spawnSync('rustup', ['toolchain', 'list'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n').flatMap((line) => line.match(/^\S+/) ?? []) : [];
}

function versionOf(toolchain) {
  const { stdout } = spawnSync('rustc', [`+${toolchain}`, '--version'], { encoding: 'utf8' });
  return /^rustc (\S+) /.exec(stdout ?? '')?.[1];
}
