// The database ahead of the functions, as on the day of a deployment and after the functions were taken back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { assertRefused, call, signIn } from '../journeys/client.mjs';

const ORDERS = 10;

let database;
let made;
before(async () => {
  database = new pg.Client(process.env.DATABASE_URL);
  await database.connect();
  const { rows } = await database.query('select private.schema_version() as version');
  made = rows[0].version;
});
after(async () => {
  await raise(made);
  await database.end();
});

/** Makes the schema say that it is of this version. */
function raise(version) {
  return database.query(
    `create or replace function private.schema_version() returns integer language sql immutable as 'select ${Number(version)}'`,
  );
}

const health = () => call('GET', '/api/health?deep=1');

test('functions work and are healthy while the database goes one schema ahead, and say so when it goes further', async () => {
  assert.equal((await health()).status, 200);
  const user = await signIn();
  const orders = Array.from({ length: ORDERS }, () => user.submit('sdxl_image_fast'));
  await raise(made + 1);
  for (const { status } of await Promise.all(orders)) assert.equal(status, 200);
  const { status, body } = await health();
  assert.deepEqual([status, body.database.schemaVersion], [200, made + 1]);
  assert.equal((await user.submit('sdxl_image_fast')).status, 200);

  await raise(made + 2);
  const refused = await health();
  assertRefused(refused, 500, 'misconfigured');
  assert.deepEqual(refused.body.details, { schemaVersion: made + 2 });
  await raise(made);
  assert.equal((await health()).status, 200);
});
