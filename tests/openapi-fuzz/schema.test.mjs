// The running service against its own description: a tool makes requests out of docs/openapi.json, good and bad ones,
// and every answer must be one that is described, and none a failure of ours.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { skipWithout } from '../../tools/stack/testing/python.mjs';
import { call, DOT, signIn, TestWorker } from '../journeys/client.mjs';
import { ROOT, read } from '../tidy/support.mjs';
import { startProxy } from './proxy.mjs';
import { installSchemathesis, run } from './schemathesis.mjs';

// The same requests each time: a failure can be looked for where it was found.
const SEED = '1';
const EXAMPLES_OF_EACH = '8';
// What is not asked within this time is left out, so that a slow machine is not held up.
const LONGEST_SECONDS = '80';
const CLAIMS = 12;

let world;
before(async () => {
  const [user, leaver, worker] = [await signIn(), await signIn(), new TestWorker()];
  const grant = { user_id: user.id, amount: 100_000, reason: 'to be spent by a test' };
  await call('POST', '/api/admin/credits', { body: grant, headers: { 'x-admin-secret': process.env.ADMIN_SECRET } });
  const take = async () => {
    const { body } = await user.submit('image_fast');
    return (await worker.claim('wan_queue', { job_id: body.job.id })).body;
  };
  const ended = await take();
  await worker.report(ended, { status: 'completed', assets: [await worker.upload(ended, 0, DOT)] });
  const { assets } = await user.job(ended.job_id);
  const { body: made } = await user.request('POST', '/api/projects', { body: { title: 'a project' } });
  const claims = [];
  for (let count = 0; count < CLAIMS; count += 1) claims.push(await take());
  world = {
    user,
    leaver,
    worker,
    ids: { jobs: ended.job_id, assets: assets[0].id, projects: made.project.id },
    claims,
  };
});

test('every answer is described, and none is a failure of ours', async (context) => {
  const { program, missing } = installSchemathesis();
  if (missing) {
    skipWithout(context, missing);
    return;
  }
  const proxy = await startProxy(world);
  const { status, said } = await run(program, [
    'run',
    `${ROOT}/docs/openapi.json`,
    '--url',
    proxy.url,
    '--checks',
    'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance',
    '--phases',
    'examples,coverage,fuzzing',
    '--max-examples',
    EXAMPLES_OF_EACH,
    '--seed',
    SEED,
    '--generation-deterministic',
    '--max-time',
    LONGEST_SECONDS,
    '--request-timeout',
    '30',
    '--no-color',
  ]);
  await proxy.close();
  assert.equal(status, 0, said);
  assert.doesNotMatch(said, /Network Error|Internal Error/, said);

  const answered = proxy.seen.filter((request) => request.status);
  assert.equal(answered.length, proxy.seen.length, 'each request was answered');
  const operations = Object.entries(JSON.parse(read('docs/openapi.json')).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path,
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]*').replaceAll('.', '\\.')}$`),
    })),
  );
  const unasked = operations.filter(
    ({ method, pattern }) => !answered.some((one) => one.method === method && pattern.test(one.url)),
  );
  assert.deepEqual(
    unasked.map(({ method, path }) => `${method} ${path}`),
    [],
  );
  const good = answered.filter((one) => one.status < 300);
  context.diagnostic(`${answered.length} requests to ${operations.length} operations, ${good.length} of them taken`);
});
