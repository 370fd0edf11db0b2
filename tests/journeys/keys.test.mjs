// Publishable and secret keys with an ES256 token are what all other tests run with; this one has a project that
// still has its legacy keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInStack } from './nested-stack.mjs';

test('the keys here are opaque, and the edge signs with ES256', () => {
  const { SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, EDGE_DB_JWT } = process.env;
  assert.match(SUPABASE_ANON_KEY, /^sb_publishable_/);
  assert.match(SUPABASE_SERVICE_ROLE_KEY, /^sb_secret_/);
  assert.equal(JSON.parse(Buffer.from(EDGE_DB_JWT.split('.')[0], 'base64url')).alg, 'ES256');
});

test('a project with legacy keys is served as well', async () => {
  assert.equal(await runInStack({ SUPABASE_KEYS: 'legacy' }, 'tests/journeys/keys.mjs'), 0);
});
