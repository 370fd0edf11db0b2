// Who may do what: every function and every table, as every role of the API.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { call, enqueue } from './support/calls.mjs';
import { createScratch, EDGE } from './support/scratch.mjs';

const ROLES = ['anon', 'authenticated', 'service_role', EDGE];
const EDGE_FUNCTIONS = [
  'account_of',
  'admin_deliveries',
  'admin_expedite',
  'admin_grant_credits',
  'admin_jobs',
  'admin_metrics',
  'admin_pause',
  'admin_purge',
  'admin_queue_history',
  'admin_redeliver',
  'admin_redrive',
  'admin_revoke_worker',
  'admin_strikes',
  'admin_workers',
  'cancel_job',
  'claim_job',
  'count_callback',
  'create_api_key',
  'create_project',
  'delete_asset',
  'delete_data',
  'edge_health',
  'enhancement_statistics',
  'enqueue_job',
  'events_of_ticket',
  'heartbeat_job',
  'issue_event_ticket',
  'job_for_settlement',
  'make_reference',
  'project_prompt',
  'record_enhancement',
  'record_policy_event',
  'record_webhooks',
  'redrive_job',
  'redrive_webhook',
  'revoke_api_key',
  'settle_job',
  'sweep_done',
  'sweep_pass',
  'take_webhooks',
  'update_asset',
  'update_project',
  'use_api_key',
  'webhook_secret',
];
/** What a user reads with a token; all but the list of keys the edge reads in the name of an API key, too. */
const USER_FUNCTIONS = [
  'my_api_keys',
  'my_assets',
  'my_events',
  'my_job',
  'my_jobs',
  'my_projects',
  'my_tags',
  'my_webhook_deliveries',
  'queue_status',
];
const READ_BY_KEYS = USER_FUNCTIONS.filter((name) => name !== 'my_api_keys');
const READABLE_BY_USERS = [
  'images',
  'job_events',
  'job_image_urls',
  'jobs',
  'profiles',
  'projects',
  'usage_logs',
  'videos',
  'webhook_deliveries',
  'workers',
];
const INSUFFICIENT_PRIVILEGE = '42501';
// What Postgres says of a view that nobody could write.
const NOT_WRITABLE = '55000';
const PRIMING_CALLS = 60;

let scratch;
let functions;
const pools = new Map();

before(async () => {
  scratch = await createScratch();
  for (const role of ROLES) pools.set(role, scratch.as(role, { role, sub: randomUUID() }));
  const { rows } = await scratch.owner.query(`
    select proname as name, proargnames as names, proargtypes::regtype[]::text[] as types
    from pg_proc where pronamespace = 'public'::regnamespace order by 1`);
  functions = rows;
});
after(() => scratch?.close());

/** The SQLSTATE of calling a function with nothing but nulls; null when it succeeded. Nothing stays. */
async function stateOfCall(client, { name, names, types }) {
  const args = (names ?? []).map((argument, index) => `${argument} => null::${types[index]}`).join(', ');
  try {
    await client.query('begin');
    await client.query(`select public.${name}(${args})`);
    return null;
  } catch (error) {
    return error.code;
  } finally {
    await client.query('rollback');
  }
}

async function callableBy(role) {
  const client = await pools.get(role).connect();
  try {
    const callable = [];
    for (const one of functions) {
      if ((await stateOfCall(client, one)) !== INSUFFICIENT_PRIVILEGE) callable.push(one.name);
    }
    return callable;
  } finally {
    client.release();
  }
}

test('each role can call exactly its own functions', async () => {
  assert.deepEqual(await callableBy(EDGE), EDGE_FUNCTIONS);
  assert.deepEqual(await callableBy('authenticated'), USER_FUNCTIONS);
  assert.deepEqual(await callableBy('anon'), []);
  assert.deepEqual(await callableBy('service_role'), []);
});

test('the check in the body holds when the grants are wrong', async () => {
  const everybody = `anon, authenticated, service_role, ${EDGE}`;
  const { rows: before } = await scratch.owner.query(
    `select oid, proacl::text from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
  );
  await scratch.owner.query(`grant execute on all functions in schema public to ${everybody}`);
  try {
    assert.deepEqual(await callableBy(EDGE), EDGE_FUNCTIONS);
    assert.deepEqual(await callableBy('authenticated'), USER_FUNCTIONS);
    assert.deepEqual(await callableBy('anon'), []);
    assert.deepEqual(await callableBy('service_role'), []);
  } finally {
    await scratch.owner.query(`revoke execute on all functions in schema public from ${everybody}`);
    await scratch.owner.query(
      `grant execute on function ${EDGE_FUNCTIONS.map((name) => `public.${name}`).join(', ')} to ${EDGE}`,
    );
    await scratch.owner.query(
      `grant execute on function ${USER_FUNCTIONS.map((name) => `public.${name}`).join(', ')} to authenticated`,
    );
    await scratch.owner.query(
      `grant execute on function ${READ_BY_KEYS.map((name) => `public.${name}`).join(', ')} to ${EDGE}`,
    );
  }
  const { rows: after } = await scratch.owner.query(
    `select oid, proacl::text from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
  );
  assert.deepEqual(after, before);
});

test('the owner of the database is not the edge either', async () => {
  await assert.rejects(call(scratch.owner, 'edge_health'), { code: INSUFFICIENT_PRIVILEGE });
});

test('claims that say ourvidz_edge do not make a caller the edge', async () => {
  const claims = { role: EDGE, sub: randomUUID() };
  for (const role of ['anon', 'authenticated', 'service_role']) {
    const pool = scratch.as(role, claims);
    await assert.rejects(call(pool, 'edge_health'), { code: INSUFFICIENT_PRIVILEGE }, role);
  }
});

test('a user without a valid subject is refused', async () => {
  for (const claims of [
    { role: 'authenticated' },
    { role: 'authenticated', sub: '' },
    { role: 'authenticated', sub: 'admin' },
  ]) {
    await assert.rejects(
      call(scratch.as('authenticated', claims), 'queue_status'),
      { code: INSUFFICIENT_PRIVILEGE },
      JSON.stringify(claims),
    );
  }
});

test('a plan that the edge has made does not let another role in', async () => {
  const client = await scratch.owner.connect();
  const prepared = { name: 'health', text: 'select public.edge_health()' };
  try {
    for (let count = 0; count < PRIMING_CALLS; count += 1) {
      await client.query(`begin; set local role ${EDGE}`);
      await client.query(prepared);
      await client.query('commit');
    }
    for (const role of ['anon', 'authenticated', 'service_role']) {
      await client.query(`begin; set local role ${role}`);
      await assert.rejects(client.query(prepared), { code: INSUFFICIENT_PRIVILEGE }, role);
      await client.query('rollback');
    }
  } finally {
    client.release();
  }
});

async function relations(schema) {
  const { rows } = await scratch.owner.query(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'v') order by 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

async function allowed(client, sql) {
  try {
    await client.query('begin');
    await client.query(sql);
    return true;
  } catch (error) {
    assert.ok([INSUFFICIENT_PRIVILEGE, NOT_WRITABLE].includes(error.code), `${sql}: ${error.message}`);
    return false;
  } finally {
    await client.query('rollback');
  }
}

test('users read, and nobody else does; nobody writes', async () => {
  for (const role of ROLES) {
    const client = await pools.get(role).connect();
    try {
      const readable = [];
      for (const name of await relations('public')) {
        const columns = name === 'profiles' ? 'id, display_name, created_at' : '*';
        if (await allowed(client, `select ${columns} from public.${name}`)) readable.push(name);
        assert.equal(
          await allowed(client, `insert into public.${name} default values`),
          false,
          `${role} inserts into ${name}`,
        );
        assert.equal(await allowed(client, `delete from public.${name}`), false, `${role} deletes from ${name}`);
      }
      assert.deepEqual(readable, role === 'authenticated' ? READABLE_BY_USERS : [], role);
    } finally {
      client.release();
    }
  }
});

test('no privilege to update anything, column by column', async () => {
  const { rows } = await scratch.owner.query(
    `select role, c.oid::regclass::text as name from pg_class c cross join unnest($1::text[]) as role
     where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'v')
       and (has_any_column_privilege(role, c.oid, 'insert, update, references') or has_table_privilege(role, c.oid, 'delete, truncate, trigger'))`,
    [ROLES],
  );
  assert.deepEqual(rows, []);
});

test('the private schema is closed to all of them', async () => {
  for (const role of ROLES) {
    for (const name of await relations('private')) {
      assert.equal(
        await allowed(pools.get(role), `select from private.${name}`),
        false,
        `${role} reads private.${name}`,
      );
    }
    assert.equal(await allowed(pools.get(role), 'select private.caller_id()'), false, role);
  }
});

test('one user never sees or touches what is another user’s', async () => {
  const [anna, boris] = [randomUUID(), randomUUID()];
  const job = await enqueue(scratch.edge, anna);
  await enqueue(scratch.edge, boris, { p_job_type: 'video_fast', p_num_assets: 1, p_price_each: 5 });
  await scratch.owner.query('insert into public.projects (user_id, title) values ($1, $2)', [anna, 'hers']);
  const his = scratch.user(boris);
  for (const name of [
    'images',
    'job_events',
    'job_image_urls',
    'jobs',
    'projects',
    'usage_logs',
    'videos',
    'webhook_deliveries',
  ]) {
    const { rows } = await his.query(`select user_id from public.${name}`);
    assert.deepEqual(
      [...new Set(rows.map((row) => row.user_id))].filter((id) => id !== boris),
      [],
      name,
    );
  }
  assert.deepEqual((await his.query('select id from public.profiles')).rows, [{ id: boris }]);
  assert.equal(await call(his, 'my_job', { p_job_id: job }), null);
  assert.deepEqual(await call(his, 'my_events', { p_job_id: job, p_after: 0, p_limit: 100 }), []);
  const mine = (items) => items.every(({ user_id: owner }) => owner === boris);
  assert.ok(mine(await call(his, 'my_jobs', { p_limit: 100 })));
  await assert.rejects(call(scratch.edge, 'cancel_job', { p_user_id: boris, p_job_id: job }), { code: 'PT404' });
});
