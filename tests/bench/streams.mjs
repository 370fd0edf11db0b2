// How soon a browser hears that its job has ended, with many streams open at once, and what the streams cost; beside
// it, what one look costs in the database and in Redis, which is what another way to wake a stream would cost.

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { ask, BASE, person, redis, rpc, summary, surroundings, timed } from './support.mjs';

const STREAMS = 200;
const JOBS_OF_A_PERSON = 5;
// A worker tells of its progress about so often, and a picture takes about so long.
const PROGRESS_MS = 3_000;
const PROGRESS_REPORTS = 5;
const LOOKS = 300;
const PATIENCE_MS = 30_000;

export async function streams({ count = STREAMS, note = () => {} } = {}) {
  const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  try {
    const jobs = await jobsOf(count);
    note(`${jobs.length} jobs claimed`);
    const transactions = async () =>
      (await database.query('select xact_commit::float8 as n from pg_stat_database where datname = current_database()'))
        .rows[0].n;
    const listeners = jobs.map((job) => listen(job));
    await Promise.all(listeners.map(({ opened }) => opened));
    note(`${listeners.length} streams open`);
    const [begin, before] = [performance.now(), await transactions()];
    const delays = await Promise.all(
      jobs.map((job, place) => work(job, listeners[place], (place / jobs.length) * PROGRESS_MS)),
    );
    const minutes = (performance.now() - begin) / 60_000;
    const commits = (await transactions()) - before;
    const written = jobs.length * (PROGRESS_REPORTS + 1);
    return {
      streams: count,
      settleToEvent: summary(delays),
      bar: { p50: 1000 },
      // What the streams read, without what the workers wrote meanwhile.
      readsOfAStreamAMinute: Math.round(((commits - written) / minutes / count) * 10) / 10,
      look: await looks(jobs[0]),
      surroundings: surroundings(),
    };
  } finally {
    await database.end();
  }
}

async function jobsOf(count) {
  const jobs = [];
  for (let place = 0; place < count; place += 1) {
    const owner = place % JOBS_OF_A_PERSON === 0 ? person() : jobs.at(-1).owner;
    const { job } = await ask('POST', '/functions/v1/queue-job', {
      ...owner,
      body: { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow' } },
    });
    const lease = randomUUID();
    await rpc('claim_job', {
      p_worker_id: `bench ${place % 10}`,
      p_queue: 'wan_queue',
      p_job_id: job.id,
      p_lease_id: lease,
      p_lease_seconds: 600,
    });
    jobs.push({ id: job.id, owner, lease });
  }
  return jobs;
}

/** Opens the job's stream; `heard` resolves to the moment at which its end is read. Comes back when it is sent away. */
function listen({ id, owner }) {
  let [tellOpened, tellHeard] = [];
  const opened = new Promise((resolve) => (tellOpened = resolve));
  const heard = new Promise((resolve) => (tellHeard = resolve));
  void (async () => {
    let last = '';
    for (let ended = false; !ended; ) {
      const answer = await fetch(`${BASE}/api/jobs/${id}/events`, {
        headers: { ...owner.headers, ...(last && { 'last-event-id': last }) },
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const decoder = new TextDecoder();
      for await (const chunk of answer.body) {
        tellOpened();
        const text = decoder.decode(chunk, { stream: true });
        last = [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? last;
        if (!/^event: completed$/m.test(text)) continue;
        tellHeard(performance.now());
        ended = true;
      }
    }
  })();
  return { opened, heard };
}

/** Reports progress as a worker does, ends the job, and resolves to how long its stream took to say so. */
async function work({ id, lease }, { heard }, lateness) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(lateness);
  for (let report = 1; report <= PROGRESS_REPORTS; report += 1) {
    await rpc('heartbeat_job', {
      p_job_id: id,
      p_new_lease_id: randomUUID(),
      p_lease_seconds: 600,
      p_legacy_lease_seconds: 900,
      p_attempt: 1,
      p_lease_id: lease,
      p_worker_id: 'bench',
      p_progress: report * 15,
    });
    await wait(PROGRESS_MS);
  }
  const { job } = await rpc('job_for_settlement', { p_job_id: id });
  await rpc('settle_job', {
    p_job_id: id,
    p_version: job.version,
    p_attempt: 1,
    p_status: 'completed',
    p_next_attempt: 1,
    p_metadata: {},
    p_reply: {},
    p_assets: [{ index: 0, status: 'completed', url: `${id}.png`, thumbnail_url: null, title: null, metadata: {} }],
  });
  const settled = performance.now();
  const late = wait(PATIENCE_MS).then(() => {
    throw new Error(`the stream of ${id} said nothing for ${PATIENCE_MS} ms`);
  });
  return (await Promise.race([heard, late])) - settled;
}

/** What one look costs that finds nothing new: events in the database, and a number in Redis. */
async function looks({ owner }) {
  const events = { p_after: 1_000_000, p_limit: 200 };
  await redis('SET', 'bench', '1');
  return {
    database: summary(await timed(LOOKS, () => rpc('my_events', events, owner.token))),
    redis: summary(await timed(LOOKS, () => redis('GET', 'bench'))),
  };
}
