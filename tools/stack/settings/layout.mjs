// Where the files of one local stack are. Everything of a stack lives below one folder
// (`OURVIDZ_DIR`), so removing that folder removes the stack.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY_ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** The folders and files of the stack that `OURVIDZ_DIR` names (default: `.ourvidz` in the repository). */
export function layoutFromEnvironment(environment = process.env) {
  const configured = (environment.OURVIDZ_DIR ?? '').trim();
  return layoutAt(path.resolve(REPOSITORY_ROOT, configured === '' ? '.ourvidz' : configured));
}

/** The folders and files of the stack at an absolute folder. */
export function layoutAt(root) {
  return Object.freeze({
    root,
    keysFile: path.join(root, 'keys.json'),
    stackFile: path.join(root, 'run', 'stack.json'),
    runFolder: path.join(root, 'run'),
    logsFolder: path.join(root, 'logs'),
    postgresFolder: path.join(root, 'postgres'),
    redisFolder: path.join(root, 'redis'),
    storageFolder: path.join(root, 'storage'),
    cacheFolder: path.join(root, 'cache'),
    migrationsFolder: path.join(REPOSITORY_ROOT, 'supabase', 'migrations'),
    // Only for root: Postgres then runs as another user, who may not be let into the folder above.
    outsideFolder: path.join('/var/lib/ourvidz', createHash('sha256').update(root).digest('hex').slice(0, 12)),
  });
}

/** Makes the folder of the lock and of the records of processes. Nothing else is touched before it is locked. */
export function makeRunFolder(layout) {
  // Other users may pass through the root folder (Postgres runs as its own user when we are root),
  // but see nothing: what is private has its own mode.
  fs.mkdirSync(layout.root, { recursive: true, mode: 0o755 });
  fs.mkdirSync(layout.runFolder, { recursive: true, mode: 0o700 });
}

/** Makes the folders of the data. */
export function makeDataFolders(layout) {
  for (const folder of [layout.logsFolder, layout.redisFolder, layout.storageFolder]) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** Removes the data of a stack that is not running. Its folder itself stays, in case it is a mount. */
export function removeData(layout) {
  if (!fs.existsSync(layout.root)) return;
  assertLooksLikeStack(layout);
  // The folder `run` holds the lock of the process that is doing this, and downloaded programs are
  // no data. The keys mark the folder as a stack's, so they go last and an interrupted removal can
  // be repeated.
  const kept = new Set([layout.runFolder, layout.cacheFolder, layout.keysFile]);
  for (const entry of fs.readdirSync(layout.root).map((name) => path.join(layout.root, name))) {
    if (!kept.has(entry)) fs.rmSync(entry, { recursive: true, force: true });
  }
  fs.rmSync(layout.outsideFolder, { recursive: true, force: true });
  fs.rmSync(layout.keysFile, { force: true });
}

/**
 * A folder for downloaded programs, shared by all stacks of this user where the home folder is
 * writable, else inside the stack.
 */
export function writableCacheFolder(layout, environment = process.env) {
  const base = environment.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  for (const folder of [path.join(base, 'ourvidz'), layout.cacheFolder]) {
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.accessSync(folder, fs.constants.W_OK);
      return folder;
    } catch {
      // Not writable for this user: try the next one.
    }
  }
  throw new Error(`Neither ${base} nor ${layout.root} is writable.`);
}

// What a start leaves that failed before it made its keys.
const HARMLESS = new Set(['run', 'logs', 'cache']);

// `OURVIDZ_DIR=$HOME npm start -- --fresh` must not empty somebody's home folder.
function assertLooksLikeStack(layout) {
  if (fs.existsSync(layout.keysFile)) return;
  const foreign = fs.readdirSync(layout.root).filter((entry) => !HARMLESS.has(entry));
  if (foreign.length === 0) return;
  throw new Error(
    `${layout.root} holds files that no stack made (${foreign.slice(0, 3).join(', ')}), so it is not emptied. ` +
      'Set OURVIDZ_DIR to a folder of its own, or remove those files yourself.',
  );
}
