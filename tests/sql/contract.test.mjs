// The database and the Rust types say the same: functions, parameters, lists of names, numbers.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorCodes, eventKinds, lowercaseVariants, namesOf, rpcFunctions } from './support/rust.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

test('the functions and their parameters are those of the edge', async () => {
  const { rows } = await scratch.owner.query(`
    select proname as name, proargnames as parameters, count(*) over (partition by proname) as overloads
    from pg_proc where pronamespace = 'public'::regnamespace`);
  const sorted = (list) =>
    list
      .map(({ name, parameters }) => ({ name, parameters: [...(parameters ?? [])].sort() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.ok(rpcFunctions().length >= 19, 'the table in wire/rpc/mod.rs was not found');
  assert.deepEqual(sorted(rows), sorted(rpcFunctions()));
  assert.deepEqual(
    rows.filter(({ overloads }) => overloads > 1),
    [],
    'an overloaded function cannot be called by name',
  );
});

/** The names that a column's CHECK allows. */
async function allowed(table, column) {
  const { rows } = await scratch.owner.query(
    `select pg_get_constraintdef(oid) as definition from pg_constraint
     where conrelid = $1::regclass and contype = 'c'
       and conkey = array[(select attnum from pg_attribute where attrelid = $1::regclass and attname = $2)]`,
    [table, column],
  );
  const names = rows.flatMap(({ definition }) => [...definition.matchAll(/'(\w+)'::text/g)].map(([, name]) => name));
  return names.sort();
}

test('the lists of names are the same', async () => {
  const statuses = lowercaseVariants('wire/status.rs', 'Status').sort();
  assert.equal(statuses.length, 5);
  for (const table of ['public.jobs', 'public.images', 'public.videos']) {
    assert.deepEqual(await allowed(table, 'status'), statuses, table);
  }
  const queues = namesOf('job_type.rs', 'Queue').sort();
  for (const table of ['private.queue_settings', 'private.outbox']) {
    assert.deepEqual(await allowed(table, 'queue'), queues, table);
  }
  assert.deepEqual(await allowed('private.workers', 'queues'), queues);
  assert.deepEqual(await allowed('private.api_keys', 'scopes'), namesOf('api_key.rs', 'KeyScope').sort());
  const types = lowercaseVariants('wire/references.rs', 'ReferenceType').sort();
  assert.deepEqual(await allowed('private.reference_uploads', 'type'), types);
  assert.deepEqual(await allowed('public.job_events', 'kind'), eventKinds().sort());
});

test('what the functions refuse with is in the list of error codes', async () => {
  const { rows } = await scratch.owner.query(`
    select prosrc from pg_proc where pronamespace in ('public'::regnamespace, 'private'::regnamespace)`);
  const codes = rows.flatMap(({ prosrc }) =>
    [...prosrc.matchAll(/private\.refuse\(\s*(?:p_status => )?\d+, (?:p_code => )?'(\w+)'/g)].map(([, code]) => code),
  );
  assert.ok(codes.length >= 20, `${codes.length}`);
  for (const code of codes) assert.ok(errorCodes().includes(code), code);
});
