// What the machine and node_modules must hold before anything of ours can be built or run.
// Runs on Node 20 with nothing installed, so nothing here imports from node_modules.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { pinnedRust, rustupVariables } from './rust-toolchain.mjs';

export const WASM_TARGET = 'wasm32-unknown-unknown';

// What these scripts themselves need: util.parseArgs, util.parseEnv, fetch.
const NODE_TO_BEGIN = [20, 12];
// Wrangler and Miniflare refuse anything older. npm brings such a Node along for Linux and for
// Macs with an Intel chip; elsewhere the person's own has to be new enough.
const NODE_FOR_WRANGLER = [22, 12];

const BIN_FOLDER = path.join(REPOSITORY_ROOT, 'node_modules', '.bin');

/** The environment of every child, in which `node`, `esbuild` and `cargo` are the pinned ones. */
export function childEnvironment(extra = {}) {
  const searchPath = [BIN_FOLDER, process.env.PATH ?? ''].join(path.delimiter);
  return { ...process.env, ...rustupVariables(), PATH: searchPath, WRANGLER_SEND_METRICS: 'false', ...extra };
}

/** The Node for everything that needs wrangler or Miniflare: npm's copy, else the one that runs this. */
export function modernNode() {
  const pinned = path.join(BIN_FOLDER, 'node');
  return fs.existsSync(pinned) ? pinned : process.execPath;
}

/**
 * Goes on with this script, from its beginning, on a Node that can load wrangler. Call it when the
 * packages are installed and before importing what needs wrangler.
 */
export function continueOnModernNode() {
  if (isAtLeast(process.version, NODE_FOR_WRANGLER)) return;
  const { status } = spawnSync(modernNode(), process.argv.slice(1), { stdio: 'inherit', env: childEnvironment() });
  process.exit(status ?? 1);
}

/** Fails with one line for each tool that a person has to install. */
export function checkTools() {
  const missing = [];
  if (!isAtLeast(process.version, NODE_TO_BEGIN)) {
    missing.push(`Node ${NODE_TO_BEGIN.join('.')} or newer with npm (this is ${process.version})`);
  }
  if (!answers('cargo', '--version')) {
    missing.push(`Rust ${pinnedRust()}, which rustup (https://rustup.rs) fetches by itself; then open a new shell`);
  }
  if (!answers('cc', '--version')) {
    missing.push('a C compiler: `apt-get install build-essential`, on a Mac `xcode-select --install`');
  }
  if (!answers('python3', '--version')) {
    missing.push('Python 3: `apt-get install python3 python3-venv`, on a Mac `brew install python`');
  }
  if (missing.length > 0) throw new Error(`Please install:\n${missing.map((tool) => `  - ${tool}`).join('\n')}`);
}

/**
 * `npm ci`, unless node_modules already holds what package-lock.json says.
 * Returns whether there was something to do.
 */
export async function installPackages(options = {}) {
  const lock = readJson(path.join(REPOSITORY_ROOT, 'package-lock.json'));
  // npm itself writes this record beside the packages, as its last act.
  const record = path.join(REPOSITORY_ROOT, 'node_modules', '.package-lock.json');
  const work = !fs.existsSync(record) || !packagesMatch(lock, readJson(record));
  if (work) await run('npm', ['ci'], { cwd: REPOSITORY_ROOT, ...options });
  assertModernNode();
  return work;
}

/**
 * Whether the installed packages are those of the lock file. Optional packages made for other
 * platforms are rightly absent.
 */
export function packagesMatch(lock, installed) {
  return Object.entries(lock.packages).every(([place, wanted]) => {
    if (place === '') return true;
    const found = installed.packages[place];
    if (!found) return wanted.optional === true;
    return found.version === wanted.version && (wanted.integrity === undefined || found.integrity === wanted.integrity);
  });
}

/** `rustup target add`, unless the target is there. Returns whether there was something to do. */
export async function installWasmTarget(options = {}) {
  const inRepository = { cwd: REPOSITORY_ROOT, env: childEnvironment() };
  const { stdout } = spawnSync('rustc', ['--print', 'sysroot'], { ...inRepository, encoding: 'utf8' });
  if (fs.existsSync(path.join((stdout ?? '').trim(), 'lib', 'rustlib', WASM_TARGET))) return false;
  if (!answers('rustup', '--version')) {
    throw new Error(
      `This Rust cannot compile to ${WASM_TARGET} and there is no rustup to add that: see https://rustup.rs`,
    );
  }
  await run('rustup', ['target', 'add', WASM_TARGET], { ...inRepository, ...options });
  return true;
}

/** Whether a command can be run and ends well. */
export function answers(command, ...args) {
  return spawnSync(command, args, { cwd: REPOSITORY_ROOT, env: childEnvironment(), stdio: 'ignore' }).status === 0;
}

/** Whether a version such as `v22.23.3` is `[major, minor]` or newer. */
export function isAtLeast(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.replace(/^v/, '').split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function assertModernNode() {
  const { stdout } = spawnSync(modernNode(), ['--version'], { encoding: 'utf8' });
  const version = (stdout ?? '').trim();
  if (isAtLeast(version, NODE_FOR_WRANGLER)) return;
  throw new Error(
    `Wrangler needs Node ${NODE_FOR_WRANGLER.join('.')} or newer (here is ${version}), and npm has none for ` +
      `${process.platform} on ${process.arch}. Install one from https://nodejs.org.`,
  );
}

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}
