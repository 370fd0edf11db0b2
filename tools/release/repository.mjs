// What git knows about a release: the tree, the branch, the last tag, and which commit the tests have passed on.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';

const TESTED = 'ourvidz-tested';

/** What a git command prints; fails where it fails. */
export function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: REPOSITORY_ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr.trim()}`);
  return stdout.trim();
}

/** The version of the newest tag before this commit, or null. */
export function lastRelease() {
  const tags = git('tag', '--list', 'v[0-9]*', '--merged', 'HEAD', '--sort=-version:refname').split('\n');
  return tags[0] === '' ? null : tags[0].slice('v'.length);
}

/** The migrations that came after a version, or all: `{ name, sql }`. */
export function migrationsSince(version) {
  const folder = 'supabase/migrations';
  const listed =
    version === null
      ? git('ls-files', '--', folder)
      : git('diff', '--name-only', '--diff-filter=A', `v${version}`, 'HEAD', '--', folder);
  const files = listed.split('\n').filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => ({
    name: path.basename(file, '.sql'),
    sql: fs.readFileSync(path.join(REPOSITORY_ROOT, file), 'utf8'),
  }));
}

const isClean = () => git('status', '--porcelain') === '';
const testedFile = () => path.resolve(REPOSITORY_ROOT, git('rev-parse', '--git-path', TESTED));

/** Notes that every step of the tests has passed on what is committed; nothing where there is more in the tree. */
export function recordTested() {
  if (isClean()) fs.writeFileSync(testedFile(), git('rev-parse', 'HEAD'));
}

/** Why this commit cannot be released; empty where it can. */
export function obstacles() {
  const branch = git('branch', '--show-current');
  const file = testedFile();
  const tested = fs.existsSync(file) && fs.readFileSync(file, 'utf8') === git('rev-parse', 'HEAD');
  return [
    ...(isClean() ? [] : ['there are changes that are not committed: `git status`']),
    ...(branch === 'main' ? [] : [`this is the branch ${branch || '(none)'}, not main: \`git switch main\``]),
    ...(tested ? [] : ['the tests have not passed on this commit, on this machine: `npm test`']),
  ];
}
