// OpenAI's client for Python, in an environment of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { pythonEnvironment, skipWithout } from '../../tools/stack/testing/python.mjs';
import { BASE, signIn } from './client.mjs';

const FOLDER = path.join(import.meta.dirname, 'python');
const run = promisify(execFile);

test('what it is made for works here', async (context) => {
  const { bin, missing } = pythonEnvironment('openai', path.join(FOLDER, 'requirements.txt'));
  if (missing) return skipWithout(context, missing);
  const user = await signIn();
  const { body } = await user.request('POST', '/api/keys', { body: { name: 'python', scopes: ['orders', 'read'] } });
  const args = [path.join(FOLDER, 'openai_client.py'), `${BASE}/v1`, body.key];
  const { stdout } = await run(path.join(bin, 'python'), args, { env: { ...process.env, NO_PROXY: '127.0.0.1' } });
  assert.match(stdout, /all of it works/);
});
