// Postgres refuses to run as root. When we are root, it runs as an ordinary user of the machine,
// and that user must be able to reach its files.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

// The Postgres packages bring the first one; every Unix has the second.
const ORDINARY_USERS = Object.freeze(['postgres', '_postgres', 'nobody']);

/** `{ name, uid, gid }` of the user that programs must run as that refuse root; null when we are not root. */
export function ordinaryUser() {
  if (process.getuid?.() !== 0) return null;
  for (const name of ORDINARY_USERS) {
    const uid = numericId('-u', name);
    const gid = numericId('-g', name);
    if (uid > 0 && gid > 0) return { name, uid, gid };
  }
  throw new Error(
    'Postgres does not run as root, and there is neither a user "postgres" nor "nobody". Start as an ordinary user.',
  );
}

/** The options of `spawn` that make a program run as `user`. */
export function spawnOptions(user) {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

/** Whether `user` (or we ourselves) can pass through and look into a folder. */
export function canReach(folder, user) {
  // Asked of the kernel and not computed from modes: access lists and namespaces count too.
  const { status, error } = spawnSync('/bin/sh', ['-c', 'cd -- "$1" && test -r .', 'sh', folder], {
    ...spawnOptions(user),
    stdio: 'ignore',
    cwd: '/',
  });
  if (error) throw new Error(`Can't run a program as user ${user?.name}: ${error.message}`);
  return status === 0;
}

/** Makes a private folder that belongs to `user`. */
export function makePrivateFolder(folder, user) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user) giveTo(folder, user);
  fs.chmodSync(folder, 0o700);
}

/** Changes the owner of a folder and of everything in it, where that is not so already. */
function giveTo(entry, user) {
  const status = fs.lstatSync(entry);
  if (status.uid !== user.uid || status.gid !== user.gid) fs.lchownSync(entry, user.uid, user.gid);
  if (status.isDirectory()) {
    for (const name of fs.readdirSync(entry)) giveTo(path.join(entry, name), user);
  }
}

function numericId(flag, name) {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) : -1;
}
