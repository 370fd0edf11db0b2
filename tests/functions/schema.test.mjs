// The database ahead of the functions, as on the day of a deployment and after the functions were taken back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { assertRefused, call, DOT, signIn, TestWorker } from '../journeys/client.mjs';

const ORDERS = 10;
// RPCs that an order passes on its way, and that the next schema gives a parameter more.
const WIDENED = ['enqueue_job', 'claim_job', 'heartbeat_job', 'settle_job'];

let database;
let made;
const definitions = new Map();
before(async () => {
  database = new pg.Client(process.env.DATABASE_URL);
  await database.connect();
  const { rows } = await database.query('select private.schema_version() as version');
  made = rows[0].version;
  for (const name of WIDENED) {
    const { rows: found } = await database.query('select pg_get_functiondef($1::regproc) as text', [`public.${name}`]);
    definitions.set(name, found[0].text);
  }
});
after(async () => {
  await goBack();
  await database.end();
});

/** Makes the schema say that it is of this version. */
function raise(version) {
  return database.query(
    `create or replace function private.schema_version() returns integer language sql immutable as 'select ${Number(version)}'`,
  );
}

/** The next schema, as an expanding migration makes it: a column, and parameters that have a default. */
async function goAhead() {
  await database.query('begin');
  await raise(made + 1);
  await database.query('alter table public.jobs add column next_version text');
  for (const [name, text] of definitions)
    await replace(name, text.replace(/\)\n RETURNS /, ', p_next_version text DEFAULT NULL::text)\n RETURNS '));
  await database.query(`notify pgrst, 'reload schema'; commit`);
}

/** The database as it was, however far it went. */
async function goBack() {
  await database.query('begin');
  await raise(made);
  await database.query('alter table public.jobs drop column if exists next_version');
  for (const [name, text] of definitions) await replace(name, text);
  await database.query(`notify pgrst, 'reload schema'; commit`);
}

async function replace(name, definition) {
  await database.query(`drop function public.${name}`);
  await database.query(definition);
  await database.query(`revoke all on function public.${name} from public, anon, authenticated, service_role;
    grant execute on function public.${name} to ourvidz_edge`);
}

/** An order from the click to its picture. */
async function wholeWay(user) {
  const { status, body } = await user.submit('sdxl_image_fast', { num_images: 1 });
  assert.equal(status, 200, JSON.stringify(body));
  const worker = new TestWorker();
  const { body: claim } = await worker.claim(body.queue, { job_id: body.job.id });
  const key = await worker.upload(claim, 0, DOT);
  const end = await worker.report(claim, { status: 'completed', assets: [key] });
  assert.equal(end.status, 200, JSON.stringify(end.body));
  assert.equal((await user.job(body.job.id)).status, 'completed');
}

const health = () => call('GET', '/api/health?deep=1');

test('functions work and are healthy while the database goes one schema ahead, and say so when it goes further', async () => {
  assert.equal((await health()).status, 200);
  const user = await signIn();
  for (const move of [goAhead, goBack, goAhead]) {
    const orders = Array.from({ length: ORDERS }, () => wholeWay(user));
    await Promise.all([move(), ...orders]);
    await wholeWay(user);
    const { status, body } = await health();
    assert.deepEqual([status, body.database.schemaVersion], [200, move === goAhead ? made + 1 : made]);
  }

  await raise(made + 2);
  const refused = await health();
  assertRefused(refused, 500, 'misconfigured');
  assert.deepEqual(refused.body.details, { schemaVersion: made + 2 });
  await goBack();
  assert.equal((await health()).status, 200);
});
