// docs/BY-HAND.md, line by line, in the stack that by-hand.test.mjs starts.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { runBlocks } from '../journeys/documents.mjs';

/** A folder with `redis-cli` in it where only Valkey's is installed, to be put on PATH. */
function redisClient(folder) {
  const found = (name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  if (found('redis-cli')) return;
  const valkey = found('valkey-cli');
  assert.ok(valkey, 'this needs redis-cli: install the package redis-tools (Homebrew: redis)');
  fs.symlinkSync(valkey, path.join(folder, 'redis-cli'));
}

test('the commands settle a job', (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-by-hand-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  redisClient(folder);
  const { status, stdout, stderr } = runBlocks('docs/BY-HAND.md', { searchPath: folder });
  assert.equal(status, 0, stderr + stdout);
  const lines = stdout.trim().split('\n');
  assert.match(lines[1], /^queued$/);
  assert.match(lines[2], /no worker for sdxl_queue has been seen/);
  assert.deepEqual(lines.slice(-2), ['completed', 'the very same picture']);
});
