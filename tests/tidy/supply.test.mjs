// What comes with the dependencies: where it is from, and under which licence. `cargo deny` in CI knows of advisories
// as well, which change without us.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { ROOT, read } from './support.mjs';

const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index';
const policy = read('deny.toml');
const allowed = new Set(
  [
    ...policy
      .slice(policy.indexOf('[licenses]'))
      .match(/allow = \[([^\]]*)\]/)[1]
      .matchAll(/"([^"]+)"/g),
  ].map(([, name]) => name),
);
const banned = [...policy.matchAll(/\{ crate = "([^"]+)" \}/g)].map(([, name]) => name);
const { packages } = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--all-features'], {
    cwd: ROOT,
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }),
);
const foreign = packages.filter(({ source }) => source !== null);

// An SPDX expression of the kind that crates have: `AND` binds more than `OR`, `/` is an older `OR`.
function isAllowed(expression) {
  const inner = expression.match(/\(([^()]*)\)/);
  if (inner) return isAllowed(expression.replace(inner[0], isAllowed(inner[1]) ? 'yes' : 'no'));
  return expression
    .split(/ OR |\//)
    .some((choice) => choice.split(' AND ').every((name) => name.trim() === 'yes' || allowed.has(name.trim())));
}

test('expressions of licences are read', () => {
  assert.ok(allowed.size > 10 && foreign.length > 300);
  for (const [expression, expected] of [
    ['MIT', true],
    ['GPL-3.0', false],
    ['GPL-3.0 OR MIT', true],
    ['MIT AND GPL-3.0', false],
    ['(MIT OR GPL-3.0) AND Unicode-3.0', true],
    ['(GPL-2.0 OR GPL-3.0) AND MIT', false],
    ['Unlicense/MIT', true],
  ]) {
    assert.equal(isAllowed(expression), expected, expression);
  }
});

test('every dependency has a licence that deny.toml allows', () => {
  assert.deepEqual(
    foreign
      .filter(({ license }) => !license || !isAllowed(license))
      .map(({ name, license }) => `${name}: ${license ?? 'none said'}`),
    [],
  );
});

test('deny.toml allows no licence that nothing has', () => {
  assert.deepEqual(
    [...allowed].filter((name) => !foreign.some(({ license }) => license?.includes(name))),
    [],
  );
});

test('everything is from the registry, and nothing is banned', () => {
  assert.ok(banned.length > 0);
  assert.deepEqual(
    foreign.filter(({ name, source }) => source !== REGISTRY || banned.includes(name)).map(({ name }) => name),
    [],
  );
});

// One for another platform that the registry did not have on the day has none.
test('npm packages have a digest', () => {
  const { packages: locked } = JSON.parse(read('package-lock.json'));
  const installed = Object.entries(locked).filter(([folder, { link }]) => folder.startsWith('node_modules/') && !link);
  assert.ok(installed.length > 100);
  assert.deepEqual(
    installed
      .filter(([, { integrity = '', optional }]) => !optional && !integrity.startsWith('sha512-'))
      .map(([folder]) => folder),
    [],
  );
});
