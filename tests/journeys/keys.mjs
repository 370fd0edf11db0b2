// Run by keys.test.mjs in a stack of its own, whose variables name the legacy keys of a project.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, signIn } from './client.mjs';

const algorithm = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg;

test('the keys are legacy ones', () => {
  const { SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, EDGE_DB_JWT } = process.env;
  assert.deepEqual([SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, EDGE_DB_JWT].map(algorithm), Array(3).fill('HS256'));
});

test('a user orders and reads, and the edge reaches its backends', async () => {
  const user = await signIn();
  const { status, body } = await user.submit('sdxl_image_fast');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal((await user.job(body.job.id)).status, 'queued');
  assert.equal((await call('GET', '/api/health?deep=1')).status, 200);
});
