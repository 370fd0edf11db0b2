// How much dearer a submit, a look at a job, a page of 50 assets and the metrics get when the tables hold a million
// jobs instead of a thousand: the same user, the same requests, on the running stack. BENCH_JOBS says another number.

import pg from 'pg';
import { ask, person, ratio, summary, surroundings, timed } from './support.mjs';

const FEW = 1_000;
const MANY = 1_000_000;
const USERS = 1_024;
const TIMES = 200;
// Rows of one statement: large enough to be quick, small enough that its triggers fit into memory.
const PORTION = 100_000;

/** Measures with few jobs, grows, measures with many. */
export async function scale({ many = Number(process.env.BENCH_JOBS ?? MANY), note = () => {} } = {}) {
  const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  try {
    const asked = person();
    await ask('GET', '/api/me', asked);
    await addUsers(database);
    await grow(database, asked.id, 0, FEW);
    const few = await measure(asked, note, FEW);
    for (let from = FEW; from < many; from += PORTION) {
      await grow(database, null, from, Math.min(many, from + PORTION));
      note(`${Math.min(many, from + PORTION)} jobs`);
    }
    await database.query('vacuum analyze');
    const large = await measure(asked, note, many);
    const ratios = Object.fromEntries(Object.keys(few.times).map((name) => [name, ratio(large.times[name].p50, few.times[name].p50)]));
    return { few, many: large, ratios, bar: 1.3 };
  } finally {
    await database.end();
  }
}

async function measure(asked, note, jobs) {
  const [mine] = (await ask('GET', '/api/jobs?limit=1', asked)).items;
  const submit = { ...asked, body: { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow' } } };
  const times = {
    // The limit of submits a minute belongs to a user, so each is another one's.
    submit: summary(await timed(TIMES, () => ask('POST', '/functions/v1/queue-job', { ...submit, headers: person().headers }))),
    status: summary(await timed(TIMES, () => ask('GET', `/api/jobs/${mine.id}`, asked))),
    page: summary(await timed(TIMES, () => ask('GET', '/api/assets?limit=50', asked))),
    metrics: summary(await timed(TIMES / 10, () => ask('GET', '/api/metrics', { headers: { 'x-admin-secret': process.env.ADMIN_SECRET } }), 3)),
  };
  note(`${jobs} jobs: ${Object.entries(times).map(([name, { p50 }]) => `${name} ${p50} ms`).join(', ')}`);
  return { jobs, times, surroundings: surroundings() };
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
    insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, status, created_at, queued_at, started_at, completed_at, metadata)
      select id, user_id, 'image_fast', 'a red fox in snow', 1, 1, 'f', 'completed', at, at, at, at, '{"primary_asset": "x", "all_assets": ["x"]}' from added;
    insert into public.images (job_id, user_id, image_index, prompt, quality, status, image_url, thumbnail_url, created_at, completed_at)
      select id, user_id, 0, 'a red fox in snow', 'fast', 'completed', user_id || '/' || id || '_1_0.png', user_id || '/' || id || '_1_0_thumb.jpg', at, at from added;
    insert into public.job_events (user_id, position, job_id, seq, kind, created_at)
      select user_id, n * 2, id, 1, 'queued', at from added union all select user_id, n * 2 + 1, id, 2, 'completed', at from added;
    insert into private.credit_holds (job_id, asset_index, user_id, amount, charged, released, settled_at) select id, 0, user_id, 1, 1, 0, at from added;
    insert into private.attempt_keys (job_id, attempt, index, role, bucket, key, recorded_at) select id, 1, 0, 'image', 'image_fast', user_id || '/' || id || '_1_0.png', at from added;
    insert into private.settlements (job_id, attempt, digest, reply, created_at) select id, 1, 'd', '{}', at from added;
    insert into public.usage_logs (user_id, job_id, action, format, quality, credits_consumed, created_at) select user_id, id, 'image_fast', 'image', 'fast', 1, at from added;
    alter table public.jobs enable trigger user;
    alter table public.images enable trigger user;
    commit`);
  await database.query('analyze');
}
