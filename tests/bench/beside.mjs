// Side by side, in random turns, on one workerd: the flow that the seeds document with the calls of its page, our own
// design by hand in JavaScript, our functions, the floor, which is the same calls of the database without an edge, and a
// function that does nothing. No edge can be quicker than the last two together. At two distances to each backend. BENCH_TIMES says how many samples each gets.

import { createHmac, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createClient } from '@supabase/supabase-js';
import * as esbuild from 'esbuild';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import pg from 'pg';
import { miniflareWorkers, readFunctions } from '../../tools/stack/build/functions.mjs';
import { HOST } from '../../tools/stack/settings/ports.mjs';
import { chart } from './chart.mjs';
import { distant } from './distance.mjs';
import { ratio, service, summary, surroundings } from './support.mjs';

const REFERENCE = path.join(import.meta.dirname, 'reference');
const DISTANCES_MS = [0, 10];
const TIMES = Number(process.env.BENCH_TIMES ?? 150);
const WARM_UP = 15;
const CONNECTIONS = 32;
const SUBMITS_OF_ONE = 100; // below the limit of a minute
const WORKER = 'bench-worker';
const COMPATIBILITY_DATE = '2026-11-01';
const ORDER = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox in snow', num_images: 6, credits: 6 } };
// Ratios that must be reached: what is divided by ours, at which distance.
const BARS = [
  { operation: 'submit', distance: 0, other: 'seeds', least: 2.0 },
  { operation: 'settle', distance: 0, other: 'seeds', least: 2.2 },
  { operation: 'submit', distance: 10, other: 'seeds', least: 3.0 },
  { operation: 'settle', distance: 10, other: 'seeds', least: 4.0 },
  { operation: 'submit', distance: 0, other: 'twin', most: 1.15 },
  { operation: 'settle', distance: 0, other: 'twin', most: 1.15 },
];

export async function beside({ note = () => {} } = {}) {
  const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await database.connect();
  await database.query(fs.readFileSync(path.join(REFERENCE, 'tables.sql'), 'utf8'));
  const people = await peopleOf(database, Math.ceil((4 * TIMES * 8) / SUBMITS_OF_ONE) + CONNECTIONS);
  const measured = {};
  for (const distance of DISTANCES_MS)
    measured[`${distance} ms`] = await atDistance(distance, { database, people, note });
  await database.end();
  const bars = BARS.map((bar) => judged(bar, measured));
  for (const { is, name, ratio: value, bar, limit } of bars)
    note(`${is}: ${name}: ${value} (${bar}${limit ? `; ${limit} with nothing but the floor and a function` : ''})`);
  const result = { times: TIMES, measured, bars, surroundings: surroundings() };
  fs.writeFileSync(path.join(import.meta.dirname, 'beside.svg'), chart(measured));
  return result;
}

function judged({ operation, distance, other, least, most }, measured) {
  const p50 = measured[`${distance} ms`][operation];
  const value = least ? ratio(p50[other].p50, p50.ours.p50) : ratio(p50.ours.p50, p50[other].p50);
  const passes = least ? value >= least : value <= most;
  return {
    name: `${operation} at ${distance} ms, ${least ? `${other}/ours` : `ours/${other}`}`,
    ratio: value,
    bar: least ? `>= ${least}` : `<= ${most}`,
    is: passes ? 'pass' : 'short',
    // What no edge could surpass.
    ...(least && { limit: ratio(p50[other].p50, p50.floor.p50 + p50.idle.p50) }),
  };
}

async function peopleOf(database, count) {
  const { person } = service(process.env);
  const people = Array.from({ length: count }, () => person());
  await database.query(
    `insert into auth.users (instance_id, id, aud, role, created_at, updated_at)
     select '00000000-0000-0000-0000-000000000000', id, 'authenticated', 'authenticated', now(), now() from unnest($1::uuid[]) as id`,
    [people.map(({ id }) => id)],
  );
  let next = 0;
  // One after the other, so that nobody reaches the limit of a minute.
  return () => people[next++ % people.length];
}

async function atDistance(roundTripMs, { database, people, note }) {
  const away = async (url) => (roundTripMs === 0 ? { url, close() {} } : distant(url, roundTripMs));
  const [supabase, redis] = [await away(process.env.SUPABASE_URL), await away(process.env.UPSTASH_REDIS_REST_URL)];
  const env = { ...process.env, SUPABASE_URL: supabase.url, UPSTASH_REDIS_REST_URL: redis.url };
  const miniflare = await serve(env);
  try {
    const base = (await miniflare.ready).origin;
    const variants = variantsOf({ base, env, database, people });
    const result = {};
    for (const operation of ['submit', 'settle']) {
      result[operation] = await inTurns(variants, operation);
      for (const [name, { p50 }] of Object.entries(result[operation]))
        note(`${roundTripMs} ms: ${operation} ${name}: ${p50}`);
    }
    if (roundTripMs === 0) {
      result.throughput = {};
      for (const name of ['seeds', 'twin', 'ours']) {
        result.throughput[name] = await throughput(() => variants[name].submit(), await processOf(miniflare));
        note(`${name} at ${CONNECTIONS} connections: ${JSON.stringify(result.throughput[name])}`);
      }
    }
    return result;
  } finally {
    await miniflare.dispose();
    supabase.close();
    redis.close();
  }
}

/** Our functions and the two references, in one workerd. */
async function serve(env) {
  const functions = readFunctions();
  const names = [
    'SUPABASE_',
    'UPSTASH_',
    'EDGE_DB_JWT',
    'WORKER_CALLBACK_SECRET',
    'CALLBACK_',
    'ADMIN_',
    'PUBLIC_BASE_URL',
    'S3_',
    'STARTING_CREDITS',
  ];
  const bindings = Object.fromEntries(
    Object.entries(env).filter(([name]) => names.some((start) => name.startsWith(start))),
  );
  // As the references do: nobody looks at the objects.
  Object.assign(bindings, { ASSET_CHECK: 'off', STARTING_CREDITS: '1000000' });
  const { SUPABASE_SERVICE_ROLE_KEY: _, ...ours } = bindings;
  const page = fs.mkdtempSync('/tmp/ourvidz-bench-page-');
  return new Miniflare(
    convertV4MiniflareOptions({
      host: HOST,
      port: 0,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: () => {},
      workers: [
        ...miniflareWorkers(functions, { bindings: ours, page }),
        ...['seeds', 'twin', 'idle'].map((name) => ({
          name,
          modules: true,
          script: bundle(name),
          compatibilityDate: COMPATIBILITY_DATE,
          compatibilityFlags: ['nodejs_compat'],
          bindings,
          routes: [`*/${name}/*`],
        })),
      ],
    }),
  );
}

function bundle(name) {
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [path.join(REFERENCE, `${name}.mjs`)],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'browser'],
    external: ['node:*'],
    write: false,
  });
  return outputFiles[0].text;
}

function variantsOf({ base, env, database, people }) {
  const post = async (url, body, headers) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text.slice(0, 300)}`);
    return text === '' ? null : JSON.parse(text);
  };
  const rpc = (name, parameters, url = env.SUPABASE_URL) =>
    post(`${url}/rest/v1/rpc/${name}`, parameters, {
      apikey: env.SUPABASE_ANON_KEY,
      authorization: `Bearer ${env.EDGE_DB_JWT}`,
    });
  const planned = golden('queue-job/batch_of_six.plan.json');
  const settled = golden('job-callback/completed_batch_of_six.plan.json').rpc;
  const enqueue = (url) => {
    const [id, user] = [randomUUID(), people().id];
    return rpc('enqueue_job', { ...planned, p_job_id: id, p_user_id: user, p_starting_credits: 1_000_000 }, url);
  };
  // What a worker does before: by the shortest way, and not measured.
  const claimed = async () => {
    await enqueue(process.env.SUPABASE_URL);
    return signedPost(`${base}/functions/v1/claim-job`, { worker_id: WORKER, queue: 'sdxl_queue' });
  };
  const signedPost = (url, body) => {
    const text = JSON.stringify(body);
    return post(url, text, signature(text));
  };
  const report = (claim) => ({
    job_id: claim.job_id,
    status: 'completed',
    attempt: claim.attempt,
    leaseId: claim.lease_id ?? claim.leaseId,
    worker_id: WORKER,
    snapshot: claim.snapshot,
    assets: claim.keys.filter(({ role }) => role === 'image').map(({ key }) => key),
    metadata: { seed: 1, generation_time: 29.9, num_images: 6 },
  });
  const seedsPage = (user) =>
    createClient(env.SUPABASE_URL, env.SUPABASE_ANON_KEY, {
      auth: { persistSession: false, autoRefreshToken: false },
      global: { headers: user.headers },
    });
  const submitOfSeeds = async () => {
    const user = people();
    const page = seedsPage(user);
    const rows = Array.from({ length: 6 }, (_, image_index) => ({
      ...{ user_id: user.id, image_index, prompt: ORDER.metadata.prompt, status: 'queued' },
      ...{ quality: 'fast', format: 'image', metadata: { is_sdxl: true, num_images: 6 } },
    }));
    const { data: images, error } = await page.from('reference_images').insert(rows).select('id');
    if (error) throw new Error(error.message);
    const body = { ...ORDER, imageId: images[0].id };
    const { job } = await post(`${base}/seeds/queue-job`, body, user.headers);
    const named = await page
      .from('reference_images')
      .update({ job_id: job.id })
      .in(
        'id',
        images.map(({ id }) => id),
      );
    if (named.error) throw new Error(named.error.message);
    return job;
  };
  return {
    seeds: {
      submit: submitOfSeeds,
      async prepare() {
        const job = await submitOfSeeds();
        const assets = Array.from({ length: 6 }, (_, index) => `${job.user_id}/sdxl_${job.id}_${index}.png`);
        return { job_id: job.id, status: 'completed', assets };
      },
      settle: (body) => post(`${base}/seeds/job-callback`, body),
    },
    twin: {
      submit: () => post(`${base}/twin/queue-job`, ORDER, people().headers),
      prepare: async () => report(await claimed()),
      settle: (body) => signedPost(`${base}/twin/job-callback`, body),
    },
    ours: {
      submit: () => post(`${base}/functions/v1/queue-job`, ORDER, people().headers),
      prepare: async () => report(await claimed()),
      settle: (body) => signedPost(`${base}/functions/v1/job-callback`, body),
    },
    floor: {
      submit: () => enqueue(),
      async prepare() {
        const claim = await claimed();
        const { rows } = await database.query('select version from public.jobs where id = $1', [claim.job_id]);
        return { claim, version: rows[0].version };
      },
      async settle({ claim, version }) {
        const written = await rpc('settle_job', {
          ...settled,
          ...{ p_job_id: claim.job_id, p_version: version, p_attempt: claim.attempt, p_next_attempt: claim.attempt },
          p_digest: claim.job_id,
        });
        if (written.outcome !== 'ok') throw new Error(`the floor's settlement: ${written.outcome}`);
      },
    },
    idle: {
      submit: () => post(`${base}/idle/queue-job`, ORDER, people().headers),
      prepare: async () => golden('job-callback/completed_batch_of_six.request.json'),
      settle: (body) => signedPost(`${base}/idle/job-callback`, body),
    },
  };
}

function golden(name) {
  return JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '..', 'fixtures', name), 'utf8'));
}

function signature(body) {
  const [id, at] = [randomUUID(), Math.floor(Date.now() / 1000)];
  const secret = Buffer.from(process.env.WORKER_CALLBACK_SECRET.slice('whsec_'.length), 'base64');
  const tag = createHmac('sha256', secret).update(`${id}.${at}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${tag}` };
}

/** Each variant as often, the order drawn anew for each turn. */
async function inTurns(variants, operation) {
  const taken = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let turn = -WARM_UP; turn < TIMES; turn += 1) {
    for (const name of shuffled(Object.keys(variants))) {
      const prepared = operation === 'settle' ? await variants[name].prepare() : undefined;
      const begin = performance.now();
      await variants[name][operation](prepared);
      if (turn >= 0) taken[name].push(performance.now() - begin);
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, times]) => [name, summary(times)]));
}

function shuffled(list) {
  return list
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Submits by many connections at once, and what each costs workerd's processor. */
async function throughput(submit, workerd) {
  let left = TIMES * 4;
  const taken = [];
  const before = workerd?.milliseconds();
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (left-- > 0) {
        const from = performance.now();
        await submit();
        taken.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  const spent = workerd ? workerd.milliseconds() - before : null;
  return {
    perSecond: Math.round(taken.length / seconds),
    ...summary(taken),
    workerdMs: spent === null ? null : Math.round((spent / taken.length) * 100) / 100,
  };
}

/** Linux only: the processor time of the workerd that is this process's child. */
async function processOf() {
  if (!fs.existsSync('/proc/self/stat')) return null;
  const TICK_MS = 10;
  const stat = (pid) => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const child = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        return (
          Number(stat(pid)[1]) === process.pid && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workerd')
        );
      } catch {
        return false; // it ended meanwhile
      }
    });
  return child ? { milliseconds: () => (Number(stat(child)[11]) + Number(stat(child)[12])) * TICK_MS } : null;
}
