// The commands of the documents, as they stand there, against the running service.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { signIn } from './client.mjs';
import { fencedBlocks, runBlocks } from './documents.mjs';

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

test('docs/MCP.md: the tools by a key, and an order by the protocol’s client', async () => {
  assert.match(output('docs/MCP.md'), /"name":"generate_image"/);
  const user = await signIn();
  const { body } = await user.request('POST', '/api/keys', { body: { name: 'mcp', scopes: ['orders'] } });
  const script = fencedBlocks('docs/MCP.md')
    .filter(({ language }) => language === 'js')
    .map(({ text }) => text)
    .join('')
    .replace('ovz_...', body.key)
    .replace('https://ourvidz.example', process.env.PUBLIC_BASE_URL);
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', `${script}\nconsole.log(content[0].text);`], {
    encoding: 'utf8',
  });
  assert.match(ran.stdout, /is completed\. Made: 1 x image/, ran.stderr);
});

test('docs/MIGRATING.md: an order by a key, followed, fetched, and waited for', () => {
  const printed = output('docs/MIGRATING.md');
  assert.match(printed, /event: completed/);
  assert.ok(printed.match(/"status":"completed"/g)?.length >= 2, printed);
});

test('docs/MIGRATING.md: the same by the client', async () => {
  const user = await signIn();
  const { status, body } = await user.request('POST', '/api/keys', {
    body: { name: 'migrating', scopes: ['orders', 'read'] },
  });
  assert.equal(status, 200, JSON.stringify(body));
  const client = pathToFileURL('build/client/index.js').href;
  const script = fencedBlocks('docs/MIGRATING.md')
    .filter(({ language }) => language === 'js')
    .map(({ text }) => text)
    .join('')
    .replace("'ourvidz-client'", `'${client}'`);
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', `${script}\nconsole.log('video', status);`], {
    encoding: 'utf8',
    env: { ...process.env, KEY: body.key },
  });
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  assert.match(ran.stdout, /^completed /m);
  assert.equal(ran.stdout.match(/http[^\s']+/g).length, 3, ran.stdout);
  assert.match(ran.stdout, /^video (queued|processing)$/m);
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
