// The operator's book says how to back up and restore: a dump of a database with work in it goes into an empty one,
// and the work goes on there. Postgres' own pg_dump does it, which npm's Postgres lacks and every other has.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { findPostgres } from '../../tools/stack/backends/postgres/programs.mjs';
import { read } from '../tidy/support.mjs';
import { asset, call, claim, enqueue, jobRow, ledgerFaults, settle, sweep } from './support/calls.mjs';
import { createScratch, EDGE, required } from './support/scratch.mjs';

const { bin } = findPostgres();
const canDump = fs.existsSync(path.join(bin, 'pg_dump'));

let scratch;
let folder;
let database;
const pools = [];
before(async () => {
  scratch = await createScratch();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-dump-'));
});
after(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  if (database) await asOwner(`drop database if exists ${database} with (force)`);
  await scratch?.close();
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

async function asOwner(sql) {
  const client = new pg.Client({ connectionString: required('DATABASE_URL') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function program(name, ...args) {
  const { status, stderr } = spawnSync(path.join(bin, name), args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** The book's own arguments of a program, so that what is tried is what is written. */
function argumentsOf(name) {
  const line = read('docs/OPERATIONS.md')
    .split('\n')
    .find((text) => text.trim().startsWith(`${name} `));
  return line
    .trim()
    .split(' ')
    .slice(1)
    .filter((word) => word.startsWith('--') && !/^--(dbname|file)=/.test(word));
}

test('a dump goes into an empty database, and the work goes on there', async (context) => {
  if (!canDump) {
    context.skip(`there is no pg_dump in ${bin}: install Postgres' client programs to try this`);
    return;
  }
  const user = randomUUID();
  const waiting = await enqueue(scratch.edge, user);
  const running = await enqueue(scratch.edge, user);
  await call(scratch.edge, 'claim_job', claim({ p_job_id: running }));
  const before = await call(scratch.user(user), 'my_jobs', { p_limit: 10 });

  const dump = path.join(folder, 'ourvidz.dump');
  program(
    'pg_dump',
    scratch.owner.options.connectionString,
    ...argumentsOf('pg_dump').filter((flag) => !flag.includes('supabase_migrations')),
    `--file=${dump}`,
  );
  database = `restored_${randomBytes(6).toString('hex')}`;
  const url = new URL(required('DATABASE_URL'));
  await asOwner(`create database ${database} template template0`);
  url.pathname = `/${database}`;
  const open = (options) => {
    pools.push(new pg.Pool({ connectionString: url.href, options, max: 2 }));
    return pools.at(-1);
  };
  const owner = open();
  await owner.query('drop schema public');
  program('pg_restore', ...argumentsOf('pg_restore'), `--dbname=${url.href}`, dump);
  await owner.query('create publication supabase_realtime; create schema storage');
  await owner.query('create table storage.objects (bucket_id text, name text)');
  const sources = read('docs/OPERATIONS.md').match(/(?<= -f )supabase\S+/g);
  for (const source of sources) await owner.query(read(source));
  const { rows: added } = await owner.query(`
    select (select count(*)::int from pg_publication_tables) as published,
      (select count(*)::int from pg_policies where schemaname = 'storage') as policies`);
  assert.deepEqual(added, [{ published: 3, policies: 2 }]);

  const as = (role, claims) => open(`-c role=${role} -c request.jwt.claims=${JSON.stringify({ role, ...claims })}`);
  const [edge, same] = [as(EDGE), as('authenticated', { sub: user })];
  assert.deepEqual(
    (await call(same, 'my_jobs', { p_limit: 10 })).map(({ id }) => id),
    before.map(({ id }) => id),
  );
  assert.deepEqual(await ledgerFaults(owner), []);
  await assert.rejects(call(same, 'edge_health'), { code: '42501' });
  assert.deepEqual((await as('authenticated', { sub: randomUUID() }).query('select id from public.jobs')).rows, []);

  // The lease ran out long ago by then.
  await owner.query(`update private.leases set until = now() - interval '1 day'`);
  await owner.query(`update private.sweep_state set last_pass_at = now() - interval '1 day'`);
  assert.equal((await call(edge, 'sweep_pass', sweep({ p_lists_lost: true }))).extended, 1);
  await owner.query(`update private.leases set until = now() - interval '1 second'`);
  assert.equal((await call(edge, 'sweep_pass', sweep())).requeued, 1);
  for (const [job, attempt] of [
    [waiting, 1],
    [running, 2],
  ]) {
    assert.equal((await call(edge, 'claim_job', claim({ p_job_id: job }))).attempt, attempt);
    const { version } = await jobRow(owner, job);
    const assets = [0, 1, 2].map((index) => asset(index, 'completed'));
    const { outcome } = await call(
      edge,
      'settle_job',
      settle(job, version, 'completed', { p_attempt: attempt, p_next_attempt: attempt, p_assets: assets }),
    );
    assert.equal(outcome, 'ok');
  }
  assert.deepEqual(await ledgerFaults(owner), []);
});
