// What the tidy tests look at: the files that git would publish, and the settings of the workspace.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** Paths of all files that are tracked or would be, relative to the repository. */
export function publishedFiles() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  // A file may be deleted in the work tree and still be in git's index.
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && fs.existsSync(path.join(ROOT, file)));
}

/** The text of a file of the repository. */
export function read(file) {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

/** Whether a path of the repository exists. */
export function exists(file) {
  return fs.existsSync(path.join(ROOT, file));
}

/** Names in a folder of the repository; none when there is no such folder. */
export function list(folder) {
  return exists(folder) ? fs.readdirSync(path.join(ROOT, folder)).sort() : [];
}

/** `file:line: text` of every line that matches; `files` are paths of text files. */
export function linesMatching(pattern, files) {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}
