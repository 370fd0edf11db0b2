// docs/SECURITY.md names a test for each rule, and what it names is there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedFiles, read } from './support.mjs';

const files = publishedFiles();
const code = files.filter((file) => /\.(rs|mjs|yml)$/.test(file));

// A file by the end of its path, a folder, the beginning of a name (`*`), or the name of a test or workflow.
function isThere(name) {
  if (!/[./*]/.test(name)) return code.some((file) => read(file).includes(name));
  const part = `/${name.replace(/[/*]$/, '')}`;
  return files.some((file) => {
    const [, ...after] = `/${file}`.split(part);
    return after.some((rest) => rest === '' || rest.startsWith('/') || name.endsWith('*'));
  });
}

test('each threat has a rule, and a test that is there', () => {
  const rows = read('docs/SECURITY.md')
    .split('\n')
    .filter((line) => /^\| (?!threat \||--- )/.test(line))
    .map((line) => line.slice(2, -2).split(' | '));
  assert.ok(rows.length > 70, `${rows.length} rows`);
  const faults = rows.flatMap(([threat, rule, tests, ...more]) => {
    if (!rule || !tests || more.length > 0) return [`${threat}: has no rule and test`];
    const names = [...tests.matchAll(/`([^`]+)`/g)]
      .map(([, name]) => name)
      .filter((name) => !name.startsWith('cargo '));
    if (names.length === 0) return [`${threat}: names no test`];
    return names.filter((name) => !isThere(name)).map((name) => `${threat}: there is no ${name}`);
  });
  assert.deepEqual(faults, []);
});
