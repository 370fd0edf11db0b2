// What is installed and run is what the repository says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneVersion } from '../../tools/release/version.mjs';
import { knownSettings } from '../../tools/stack/settings/settings-file.mjs';
import { exists, ROOT, read } from './support.mjs';

const manifest = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));

test('every version in package.json is exact', () => {
  const versions = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const loose = Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  assert.deepEqual(loose, []);
});

test('every manifest has the same version', () => {
  assert.equal(oneVersion(ROOT), manifest.version);
});

const locked = Object.entries(lock.packages).filter(([place]) => place !== '');

test('the lock file names no server', () => {
  assert.deepEqual(
    locked.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place),
    [],
  );
});

test('the lock file has a hash for every package that is installed on Linux with x86-64', () => {
  // A registry may lack the builds for other systems when the lock file is written.
  const names = (list, name) => list === undefined || [list].flat().includes(name);
  const elsewhere = ({ optional, os, cpu }) => optional === true && !(names(os, 'linux') && names(cpu, 'x64'));
  const without = locked.filter(([, each]) => !each.integrity?.startsWith('sha512-') && !elsewhere(each));
  assert.deepEqual(
    without.map(([place]) => place),
    [],
  );
});

// npm ci refuses to work otherwise, on every system; npm install leaves out what its registry lacks.
test('the lock file has an entry for every build of a package', () => {
  const named = locked.flatMap(([, each]) => Object.keys(each.optionalDependencies ?? {}));
  assert.deepEqual(
    named.filter((name) => !locked.some(([place]) => place.endsWith(`node_modules/${name}`))),
    [],
  );
});

test('every npm script runs a file that is there', () => {
  const files = Object.values(manifest.scripts).flatMap((command) => command.match(/\S+\.mjs/g) ?? []);
  assert.ok(files.length > 5);
  assert.deepEqual(
    files.filter((file) => !exists(file)),
    [],
  );
});

test('.dev.vars.example has every setting that the functions read, and no other', () => {
  const source = read('shared/edge/src/settings.rs').split('#[cfg(test)]')[0];
  const used = new Set([...source.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g)].map(([, name]) => name));
  const { required, optional } = knownSettings();
  assert.deepEqual([...required, ...optional].sort(), [...used].sort());
});
