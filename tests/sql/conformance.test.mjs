// The conformance suite of shared/rest on the real backends: the stack's database and queues, and the
// object storage of the dev server, which this test starts for itself.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { S3_PATH, storageWorker } from '../../tools/stack/backends/storage/local.mjs';
import { HOST } from '../../tools/stack/settings/ports.mjs';
import { rustTests } from '../../tools/stack/testing/rust-tests.mjs';

let storage;
before(() => {
  assert.ok(process.env.SUPABASE_URL, 'run this within a stack: node tools/stack/testing/with-stack.mjs');
  storage = new Miniflare(
    convertV4MiniflareOptions({
      host: HOST,
      port: 0,
      cf: false,
      log: new Log(LogLevel.WARN),
      // Beside the stack's data, and gone with it.
      resourcePersistencePath: path.join(process.env.OURVIDZ_DIR, 'conformance'),
      workers: [storageWorker(process.env)],
    }),
  );
});
after(() => storage?.dispose());

test('stand-ins and real backends behave alike', async () => {
  const { origin } = await storage.ready;
  await rustTests(['--test', 'conformance'], {
    S3_ENDPOINT: `${origin}${S3_PATH}`,
    OURVIDZ_CONFORMANCE: 'database,queues,storage',
  });
});
