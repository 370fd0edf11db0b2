// The operator's audit: buckets and rows compared both ways, as a command.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { S3 } from '../../tools/stack/backends/storage/s3.mjs';
import { DOT, signIn, TestWorker } from '../journeys/client.mjs';
import { audit } from './auditing.mjs';

const BUCKET = 'sdxl_image_fast';

let database, storage, user, worker;

before(async () => {
  database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  storage = new S3(process.env);
  user = await signIn();
  worker = new TestWorker();
});
after(() => database?.end());

function counted({ summary }) {
  const [, objects, keys] = /^(\d+) objects, (\d+) keys of rows: /.exec(summary);
  return { objects: Number(objects), keys: Number(keys) };
}

async function claimed() {
  const { body } = await user.submit(BUCKET);
  return (await worker.claim('sdxl_queue', { job_id: body.job.id })).body;
}

async function completed() {
  const claim = await claimed();
  const key = await worker.upload(claim, 0, DOT);
  const { status } = await worker.report(claim, { status: 'completed', assets: [key] });
  assert.equal(status, 200);
  return { claim, key };
}

test('what was delivered, and what somebody is working on, fits', async () => {
  // What other tests left in the buckets is counted too.
  const before = counted(await audit());
  await completed();
  await worker.upload(await claimed(), 0, DOT);
  const found = await audit();
  assert.deepEqual([found.status, found.findings], [0, []], found.summary);
  assert.match(found.summary, /: 0 objects without a row, 0 rows without an object, 0 with another one, 0 deleted$/);
  assert.deepEqual(counted(found), { objects: before.objects + 2, keys: before.keys + 1 });
});

test('a row without its object, and an object without its row, are found', async () => {
  const gone = await completed();
  await storage.remove(BUCKET, gone.key);
  const orphaned = await completed();
  await database.query('delete from images where job_id = $1', [orphaned.claim.job_id]);

  const found = await audit();
  assert.equal(found.status, 1);
  assert.deepEqual(found.findings.sort(), [`missing ${BUCKET}/${gone.key}`, `orphan ${BUCKET}/${orphaned.key}`]);

  // By default what is younger than a day is left alone, and nothing is ever deleted unasked.
  assert.deepEqual((await audit({ flags: ['--older-than', '24'] })).findings, [`missing ${BUCKET}/${gone.key}`]);
  assert.equal(await storage.has(BUCKET, orphaned.key), true);

  const cleaned = await audit({ flags: ['--delete-orphans'] });
  assert.equal(cleaned.status, 1, 'no command brings back a picture');
  assert.equal(await storage.has(BUCKET, orphaned.key), false);
  await database.query('delete from images where job_id = $1', [gone.claim.job_id]);
  assert.deepEqual((await audit()).findings, []);
});

test('another object in the place of the one that was settled is found', async () => {
  const { claim, key } = await completed();
  const other = Buffer.from(DOT);
  other[other.length - 1] ^= 1;
  await storage.put(BUCKET, key, other, 'image/png');
  const found = await audit();
  assert.deepEqual([found.status, found.findings], [1, [`replaced ${BUCKET}/${key}`]], found.summary);
  await storage.put(BUCKET, key, DOT, 'image/png');
  assert.deepEqual((await audit()).findings, [], String(claim.job_id));
});

test('several pages are compared to the end', async () => {
  const { claim, key } = await completed();
  const names = Array.from({ length: 5 }, (_, index) => `${user.id}/sdxl_${claim.job_id}_x${index}.png`);
  for (const name of names) await storage.put(BUCKET, name, DOT, 'image/png');
  const listed = await Array.fromAsync(new S3(process.env, { page: 2 }).list(BUCKET));
  assert.deepEqual(
    listed.map((object) => object.key).filter((name) => name.includes(claim.job_id)),
    [key, ...names],
  );

  const found = await audit({ flags: ['--delete-orphans'] });
  assert.deepEqual([found.status, found.findings.length], [0, names.length], found.summary);
  assert.deepEqual((await audit()).findings, []);
});

test('an audit that cannot be made is neither a yes nor a no', async () => {
  assert.equal((await audit({ flags: [], settings: { S3_SECRET_ACCESS_KEY: 'wrong' } })).status, 2);
});
