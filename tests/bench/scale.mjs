// How much dearer a submit, a look at a job, a page of 50 assets and the metrics get when the tables hold a million
// jobs instead of a thousand: two stacks side by side, asked in turns, so that whatever else the machine does slows
// both. BENCH_JOBS says another number than a million.

import path from 'node:path';
import pg from 'pg';
import { startBackend } from '../../tools/stack/backends/backend.mjs';
import { startFunctions } from '../../tools/stack/serving/services.mjs';
import { freePorts, removeFolder, temporaryFolder } from '../stack/support.mjs';
import { ratio, service, summary, surroundings } from './support.mjs';

const FEW = 1_000;
const MANY = 1_000_000;
const USERS = 1_024;
const TIMES = 200;
// The first requests of an isolate and of a connection prepare what later ones find.
const WARM_UP = 20;
// Rows of one statement: large enough to be quick, small enough that its triggers fit into memory.
const PORTION = 100_000;

/** Fills both stacks and measures them. */
export async function scale({ many = Number(process.env.BENCH_JOBS ?? MANY), note = () => {} } = {}) {
  const root = temporaryFolder();
  const ports = await freePorts();
  const second = await startBackend({
    environment: { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: path.join(root, 'stack') },
  });
  try {
    await startFunctions(second);
    const [few, large] = [await fill(second.env, FEW, note), await fill(process.env, many, note)];
    const taken = await measure(few, large);
    const operations = Object.fromEntries(
      Object.entries(taken).map(([name, { few: less, many: more }]) => {
        const [small, big] = [summary(less), summary(more)];
        note(`${name}: ${small.p50} ms with ${FEW} jobs, ${big.p50} ms with ${many}`);
        return [name, { few: small, many: big, ratio: ratio(big.p50, small.p50) }];
      }),
    );
    return { few: FEW, many, operations, bar: 1.3, surroundings: surroundings() };
  } finally {
    await second.stop();
    removeFolder(root);
  }
}

/** A stack with so many jobs: a thousand of one user who asks, the others spread over many. */
async function fill(env, jobs, note) {
  const stack = service(env);
  const asked = stack.person();
  await stack.ask('GET', '/api/me', asked);
  const database = new pg.Client({ connectionString: env.DATABASE_URL });
  await database.connect();
  try {
    await addUsers(database);
    await grow(database, asked.id, 0, FEW);
    for (let from = FEW; from < jobs; from += PORTION) {
      await grow(database, null, from, Math.min(jobs, from + PORTION));
      note(`${Math.min(jobs, from + PORTION)} jobs`);
    }
    await database.query('vacuum analyze');
  } finally {
    await database.end();
  }
  const [mine] = (await stack.ask('GET', '/api/jobs?limit=1', asked)).items;
  const admin = { headers: { 'x-admin-secret': env.ADMIN_SECRET } };
  const body = { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow' } };
  return {
    // The limit of submits a minute belongs to a user, so each is another one's.
    submit: () => stack.ask('POST', '/functions/v1/queue-job', { ...stack.person(), body }),
    status: () => stack.ask('GET', `/api/jobs/${mine.id}`, asked),
    page: () => stack.ask('GET', '/api/assets?limit=50', asked),
    metrics: () => stack.ask('GET', '/api/metrics', admin),
  };
}

/** Milliseconds of each operation on both, in turns; who begins changes too. */
async function measure(few, many) {
  const taken = {};
  for (const name of Object.keys(few)) {
    const times = { few: [], many: [] };
    for (let turn = -WARM_UP; turn < TIMES; turn += 1) {
      const order = [
        ['few', few],
        ['many', many],
      ];
      for (const [which, operations] of turn % 2 === 0 ? order : order.reverse()) {
        const begin = performance.now();
        await operations[name]();
        if (turn >= 0) times[which].push(performance.now() - begin);
      }
    }
    taken[name] = times;
  }
  return taken;
}

async function addUsers(database) {
  await database.query(`
    create table private.bench_users as select row_number() over () - 1 as n, gen_random_uuid() as id from generate_series(1, ${USERS});
    insert into public.profiles (id) select id from private.bench_users;
    insert into private.accounts (user_id, started) select id, true from private.bench_users`);
}

/** Finished jobs from number `from` to `to`, each with its picture, events, hold, postings and log, spread over the users, or all of one. */
async function grow(database, user, from, to) {
  await database.query(`
    begin;
    alter table public.jobs disable trigger user;
    alter table public.images disable trigger user;
    create temporary table added on commit drop as
      select gen_random_uuid() as id, ${user ? `'${user}'::uuid` : 'owner.id'} as user_id, job.n, now() - job.n * interval '2 seconds' as at
      from generate_series(${from} + 1, ${to}) as job (n) join private.bench_users as owner on owner.n = hashint4(job.n) & 1023;
    insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, status, created_at, queued_at, started_at, completed_at, charged, metadata)
      select id, user_id, 'image_fast', 'a red fox in snow', 1, 1, 'f', 'completed', at, at, at, at, 1, '{"primary_asset": "x", "all_assets": ["x"]}' from added;
    insert into public.images (job_id, user_id, image_index, quality, status, image_url, thumbnail_url, created_at, completed_at)
      select id, user_id, 0, 'fast', 'completed', user_id || '/' || id || '_1_0.png', user_id || '/' || id || '_1_0_thumb.jpg', at, at from added;
    insert into public.job_events (user_id, position, job_id, seq, kind, created_at)
      select user_id, n * 2, id, 1, 'queued', at from added union all select user_id, n * 2 + 1, id, 2, 'completed', at from added;
    insert into private.claims (job_id, number, started_at) select id, 1, at from added;
    insert into private.settlements (job_id, attempt, digest, reply, created_at) select id, 1, 'd', '{}', at from added;
    alter table public.jobs enable trigger user;
    alter table public.images enable trigger user;
    commit`);
  await database.query('analyze');
}
