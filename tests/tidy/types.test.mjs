// The client's TypeScript types: up to date, and of use to a compiler.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { apiTypes } from '../../shared/client/types/generate.mjs';
import { ROOT, read } from './support.mjs';

test('the types are those of docs/openapi.json', () => {
  assert.equal(read('shared/client/types/api.d.ts'), apiTypes(), 'run `node shared/client/types/generate.mjs`');
});

test('a client that uses them compiles, and its mistakes are found', () => {
  const compiler = path.join(ROOT, 'node_modules', '.bin', 'tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
  ];
  const { status, stdout, stderr } = spawnSync(compiler, [...flags, 'shared/client/types/usage.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});
