// A deployment of an older version gets to the newest: with all that is in it, and to exactly what the sources say.
// `upgrades/<version>.sql` is what such a deployment has in its database when that migration is its newest.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCatalogue, writeCatalogue } from '../../tools/database/catalogue.mjs';
import { withScratch } from '../../tools/database/scratch.mjs';
import { readSources } from '../../tools/database/sources.mjs';
import { readMigrations } from '../../tools/stack/backends/postgres/migrations.mjs';
import { asset, call, claim, ledgerFaults, settle } from './support/calls.mjs';
import { createScratch, MIGRATIONS, migrateScratch, required } from './support/scratch.mjs';

const DATA = fileURLToPath(new URL('upgrades/', import.meta.url));
const USER = '11111111-1111-4111-8111-111111111111';
const [DONE, RUNNING, WAITING, FAILED] = [1, 2, 3, 4].map((number) => `33333333-3333-4333-8333-33333333333${number}`);

const migrations = readMigrations(MIGRATIONS);
const versions = fs.readdirSync(DATA).map((file) => file.replace(/\.sql$/, ''));

test('the first version is one of those that are upgraded', () => {
  assert.ok(versions.includes(migrations[0].version));
});

for (const version of versions) {
  const newest = migrations.findIndex((migration) => migration.version === version);

  let scratch;
  before(async () => {
    assert.ok(newest >= 0, `upgrades/${version}.sql belongs to no migration`);
    scratch = await createScratch({ migrated: false });
    await migrateScratch(scratch, migrations.slice(0, newest + 1));
    await scratch.owner.query(fs.readFileSync(`${DATA}${version}.sql`, 'utf8'));
    await migrateScratch(scratch, migrations.slice(newest + 1));
  });
  after(() => scratch?.close());

  test(`a database of ${version} becomes what the sources say`, async () => {
    const client = await scratch.owner.connect();
    const upgraded = await readCatalogue(client).finally(() => client.release(true));
    const fresh = await withScratch(required('DATABASE_URL'), readSources(), readCatalogue);
    // Rows of a deployment are its own.
    const made = (objects) => writeCatalogue(objects.filter(({ kind }) => kind !== 'row'));
    assert.equal(made(upgraded), made(fresh));
  });

  test(`what was ordered in ${version} is there`, async () => {
    const jobs = await call(scratch.user(USER), 'my_jobs', { p_limit: 10 });
    assert.deepEqual(jobs.map(({ id, status, prompt }) => [id, status, prompt]).sort(), [
      [DONE, 'completed', 'a harbour at dawn, number 1'],
      [RUNNING, 'processing', 'a harbour at dawn, number 2'],
      [WAITING, 'queued', 'a harbour at dawn, number 3'],
      [FAILED, 'failed', 'a harbour at dawn, number 4'],
    ]);
    const assets = await call(scratch.user(USER), 'my_assets', { p_limit: 10 });
    assert.deepEqual(assets.map(({ url, title }) => `${url} ${title}`).sort(), [
      '0.png harbour',
      '1.png harbour',
      '2.png harbour',
    ]);
    const [project] = await call(scratch.user(USER), 'my_projects', { p_limit: 10 });
    assert.equal(project.original_prompt, 'a harbour');
    assert.deepEqual(await call(scratch.edge, 'account_of', { p_user_id: USER, p_starting_credits: 100 }), {
      balance: 141,
      held: 6,
      active_jobs: 2,
      total_jobs: 4,
      credits_spent: 3,
    });
    assert.deepEqual(await ledgerFaults(scratch.owner), []);
  });

  test(`what ran and waited in ${version} comes to its end`, async () => {
    const { job } = await call(scratch.edge, 'job_for_settlement', { p_job_id: RUNNING });
    const done = [0, 1, 2].map((index) => asset(index, 'completed', `${index}.png`));
    const settled = await call(
      scratch.edge,
      'settle_job',
      settle(RUNNING, job.version, 'completed', { p_assets: done }),
    );
    assert.deepEqual([settled.outcome, settled.charged, settled.released], ['ok', 3, 0]);
    const claimed = await call(scratch.edge, 'claim_job', claim({ p_job_id: WAITING, p_queue: 'sdxl_queue' }));
    assert.equal(claimed.job_id, WAITING);
    assert.deepEqual(await ledgerFaults(scratch.owner), []);
  });
}
