// What the database's calls take in a driver, with an empty queue and with many jobs waiting, in turns, each in a
// transaction of its own. BENCH_WAITING says another number than 100,000.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { asset, call, claim, settle, submit, sweep } from '../sql/support/calls.mjs';
import { createScratch } from '../sql/support/scratch.mjs';
import { ratio, summary, surroundings } from './support.mjs';

const MANY = Number(process.env.BENCH_WAITING ?? 100_000);
const TIMES = Number(process.env.BENCH_TIMES ?? 150);
const WARM_UP = 15;
const CROWD = 1_000;
const SIX = { p_num_assets: 6, p_max_active: 1_000_000, p_max_per_minute: 1_000_000, p_max_queued: 10_000_000 };

const NAMES = ['empty', 'many'];

export async function waiting({ note = () => {}, migrations } = {}) {
  const stages = [];
  try {
    for (const name of NAMES) stages.push(await openStage(name, name === 'many' ? MANY : 0, migrations));
    const taken = {};
    for (let turn = -WARM_UP; turn < TIMES; turn += 1) {
      for (const stage of turn % 2 === 0 ? stages : [...stages].reverse()) {
        for (const [operation, ms] of Object.entries(await oneJob(stage))) {
          taken[operation] ??= Object.fromEntries(NAMES.map((name) => [name, []]));
          if (turn >= 0) taken[operation][stage.name].push(ms);
        }
      }
    }
    const operations = {};
    for (const [operation, times] of Object.entries(taken)) {
      const of = (name) => ({
        ...summary(times[name].map(([ms]) => ms)),
        processor: summary(times[name].map(([, ms]) => ms)).p50,
      });
      const [empty, many] = [of('empty'), of('many')];
      operations[operation] = {
        ...{ empty, many, ratio: ratio(many.p50, empty.p50) },
        processorRatio: ratio(many.processor, empty.processor),
      };
      note(`${operation}: ${empty.p50} ms, with ${MANY} waiting ${many.p50} ms`);
    }
    return { many: MANY, operations, bar: 1.1, surroundings: surroundings() };
  } finally {
    for (const { client, scratch } of stages) {
      client.release();
      await scratch.close();
    }
  }
}

async function openStage(name, jobs, migrations) {
  const scratch = await createScratch({ migrated: migrations === undefined });
  await migrations?.(scratch);
  await scratch.owner.query(
    'insert into public.profiles (id) select gen_random_uuid() from generate_series(1, $1::integer)',
    [CROWD],
  );
  await scratch.owner.query(`
    insert into private.accounts (user_id) select id from public.profiles;
    with crowd as (select array_agg(id) as ids from public.profiles)
    insert into public.jobs (id, user_id, job_type, prompt, num_assets, price_each, fingerprint, created_at)
    select gen_random_uuid(), ids[1 + n % ${CROWD}], 'sdxl_image_fast', 'x', 6, 1, 'f', now() - n * interval '10 milliseconds'
    from generate_series(1, ${jobs}) as n, crowd;
    insert into private.job_payloads select id, '{}' from public.jobs;
    insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_at, pushes)
    select id, queue, 1, job_type, num_assets, now(), 1 from public.jobs`);
  // As in a deployment: what is told of a long queue was counted by the last pass.
  await call(scratch.edge, 'sweep_pass', sweep({ p_sdxl_length: 1_000_000 }));
  await scratch.owner.query('vacuum analyze');
  const client = await scratch.edge.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  return { name, scratch, client, processor: processorOf(rows[0].pid) };
}

/** What a process has spent of a processor, in milliseconds: on Linux, and for who may look. Else nothing. */
function processorOf(pid) {
  const file = `/proc/${pid}/schedstat`;
  return fs.existsSync(file) ? () => Number(fs.readFileSync(file, 'utf8').split(' ')[0]) / 1e6 : () => 0;
}

/** One job from its order to its end, by whoever has not ordered yet; milliseconds of each call, and those of the processor. */
async function oneJob({ client, processor }) {
  const taken = {};
  const timed = async (name, args) => {
    const [begin, before] = [performance.now(), processor()];
    const value = await call(client, name, args);
    taken[name] = [performance.now() - begin, processor() - before];
    return value;
  };
  const { job } = await timed('enqueue_job', submit(randomUUID(), SIX));
  const claimed = await timed('claim_job', claim({ p_job_id: job.id }));
  await timed('job_for_settlement', { p_job_id: job.id });
  await timed(
    'settle_job',
    settle(job.id, 2, 'completed', {
      p_worker_id: 'worker',
      p_digest: claimed.lease_id,
      p_assets: Array.from({ length: 6 }, (_, index) => asset(index, 'completed')),
    }),
  );
  return taken;
}
