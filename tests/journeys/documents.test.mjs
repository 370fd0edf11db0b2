// The examples of README.md and docs/API.md, as they stand there, against the running stack.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { shellBlocks } from './documents.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Runs lines in one shell, in a folder of their own, with npm finding the project. */
function run(lines) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-documents-'));
  const npm = `npm() { command npm --prefix '${ROOT}' "$@"; }`;
  const script = ['set -euo pipefail', npm, ...lines].join('\n');
  const result = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', env: process.env });
  fs.rmSync(folder, { recursive: true });
  assert.equal(result.status, 0, result.stderr + result.stdout);
  return result.stdout;
}

test('every example of the API works', () => {
  const output = run(shellBlocks('docs/API.md'));
  assert.match(output, /"success":true/);
  assert.doesNotMatch(output, /"success":false/);
  assert.match(output, /event: completed/);
});

test('the commands of the README order a picture', () => {
  const [, byHand] = shellBlocks('README.md');
  // The README says what a person types: the port is the default one, and the id is copied by eye.
  const lines = byHand
    .replaceAll('http://127.0.0.1:8787', process.env.PUBLIC_BASE_URL)
    .replace(
      /^curl -s http\S*queue-job[\s\S]*?}}'$/m,
      (command) => `ORDER=$(${command})\nJOB_ID=$(echo "$ORDER" | sed 's/.*"job":{"id":"\\([^"]*\\).*/\\1/')`,
    );
  assert.match(lines, /JOB_ID=/);
  assert.match(run([lines]), /"num_images":3/);
});
