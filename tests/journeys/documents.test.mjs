// The commands of the documents, as they stand there, against the running service.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBlocks } from './documents.mjs';

/** What the commands of a document print; fails where one of them does. */
function output(file) {
  const { status, stdout, stderr } = runBlocks(file);
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

test('README.md: an order, and a look at it', () => {
  const printed = output('README.md');
  assert.match(printed, /"job_type":"sdxl_image_fast"/);
  assert.match(printed, /"num_images":3/);
});

test('CONTRIBUTING.md: the steps of the tests are listed', () => {
  assert.match(output('CONTRIBUTING.md'), /^tidy$/m);
});

test('docs/API.md: every example', () => {
  const printed = output('docs/API.md');
  assert.match(printed, /"success":true/);
  assert.doesNotMatch(printed, /"success":false/);
  assert.match(printed, /event: completed/);
});

test('docs/ENHANCE.md: a better prompt', () => {
  assert.match(output('docs/ENHANCE.md'), /"enhancedPrompt":"a red fox in snow, /);
});

test('docs/OPERATIONS.md: the audit finds nothing', () => {
  assert.equal(output('docs/OPERATIONS.md').includes('orphan'), false);
});

test('shared/gpu-worker/README.md: a picture without a service, and nothing is missing', () => {
  const printed = output('shared/gpu-worker/README.md');
  assert.match(printed, /fox\.png/);
  assert.match(printed, /^ {2}ok {4}edge /m);
  assert.doesNotMatch(printed, /^ {2}FIX/m);
});
