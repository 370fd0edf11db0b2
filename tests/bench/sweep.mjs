// How many passes, and how long each, until 10,000 jobs whose workers are lost have their next attempt.

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { redis, rpc, summary, surroundings } from './support.mjs';

const STALE = 10_000;
const PASSES_OF_A_TICK = 4;
const MOST_PASSES = 40;

/** As the function's pass: two lists, the database, the hints, and what was done. */
export async function sweep({ note = () => {} } = {}) {
  const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  try {
    await arrange(database);
    const passes = [];
    let left = STALE;
    while (left > 0 && passes.length < MOST_PASSES) {
      const begin = performance.now();
      const swept = await pass();
      passes.push(performance.now() - begin);
      left -= swept.requeued;
      note(
        `pass ${passes.length}: ${swept.requeued} jobs, ${swept.push.length} hints, ${Math.round(passes.at(-1))} ms`,
      );
    }
    return {
      stale: STALE,
      passes: passes.length,
      ticks: Math.ceil(passes.length / PASSES_OF_A_TICK),
      pass: summary(passes),
      bar: { ticks: 3 },
      surroundings: surroundings(),
    };
  } finally {
    await database.end();
  }
}

async function pass() {
  const [sdxl, wan] = [await redis('LLEN', 'sdxl_queue'), await redis('LLEN', 'wan_queue')];
  const swept = await rpc('sweep_pass', {
    p_limit: 1000,
    p_lists_lost: false,
    p_sdxl_length: sdxl,
    p_wan_length: wan,
    p_max_attempts: 3,
    p_outage_seconds: 600,
    p_max_queued_seconds: 86_400,
    p_max_running_seconds: 3_600,
    p_lease_seconds: 30,
  });
  if (swept.push.length > 0)
    await redis('LPUSH', 'wan_queue', ...swept.push.map((hint) => JSON.stringify(hint.payload)));
  await rpc('sweep_done', {
    p_pushed: swept.push.map(({ job_id: id, attempt }) => ({ job_id: id, attempt })),
    p_deleted: [],
  });
  return swept;
}

async function arrange(database) {
  const user = randomUUID();
  await database.query(`
    begin;
    alter table public.jobs disable trigger user;
    alter table public.images disable trigger user;
    insert into public.profiles (id) values ('${user}');
    insert into private.accounts (user_id, started, held) values ('${user}', true, ${STALE});
    create temporary table added on commit drop as select gen_random_uuid() as id, n from generate_series(1, ${STALE}) as n;
    insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, status, started_at)
      select id, '${user}', 'image_fast', 'a red fox in snow', 1, 1, 'f', 'processing', now() from added;
    insert into public.images (job_id, user_id, image_index, quality) select id, '${user}', 0, 'fast' from added;
    insert into private.leases (job_id, lease_id, attempt, worker_id, until) select id, gen_random_uuid(), 1, 'worker ' || n % 50, now() - interval '1 minute' from added;
    insert into private.workers (worker_id, queues) select 'worker ' || n, '{wan_queue}' from generate_series(0, 49) as n;
    insert into private.job_payloads (job_id, payload) select id, '{}' from added;
    insert into public.job_events (user_id, position, job_id, seq, kind) select '${user}', n, id, 1, 'queued' from added;
    update private.accounts set event_seq = ${STALE} where user_id = '${user}';
    update private.sweep_state set last_pass_at = now();
    alter table public.jobs enable trigger user;
    alter table public.images enable trigger user;
    commit`);
  await database.query('analyze');
}
