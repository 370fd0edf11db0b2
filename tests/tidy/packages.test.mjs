// What is installed and run is what the repository says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownSettings } from '../../shared/stack/settings-file.mjs';
import { exists, list, read } from './support.mjs';

const manifest = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));

test('every version in package.json is exact', () => {
  const versions = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const loose = Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  assert.deepEqual(loose, []);
});

test('the lock file names no server and has a hash for every package', () => {
  const packages = Object.entries(lock.packages).filter(([place]) => place !== '');
  assert.deepEqual(packages.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place), []);
  assert.deepEqual(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([place]) => place), []);
});

test('every npm script runs a file that is there', () => {
  const files = Object.values(manifest.scripts).flatMap((command) => command.match(/\S+\.mjs/g) ?? []);
  assert.ok(files.length > 5);
  assert.deepEqual(files.filter((file) => !exists(file)), []);
});

test('CI does what a newcomer does, and no more', () => {
  assert.match(read('.ci/run'), /^exec npm test$/m);
  assert.match(read('.github/workflows/ci.yml'), /run: \.ci\/run$/m);
});

test('.dev.vars.example has every setting that the functions read, and no other', () => {
  const source = list('shared/edge/src')
    .filter((file) => file.endsWith('.rs'))
    .map((file) => read(`shared/edge/src/${file}`).split('#[cfg(test)]')[0])
    .join('\n');
  const used = new Set([...source.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g)].map(([, name]) => name));
  const { required, optional } = knownSettings();
  assert.deepEqual([...required, ...optional].sort(), [...used].sort());
});
