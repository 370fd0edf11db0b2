// Repeats a history of the model's database (tests/model/src/history) on Postgres and finds the first difference.

import { call } from './calls.mjs';

// What decides nothing and so is not in the model: what is only shown, and outlooks that others' jobs change.
const NOT_IN_THE_MODEL = [
  'payload',
  'metadata',
  'created_at',
  'prompt',
  'position',
  'eta_seconds',
  'queue_length',
  'remaining',
  'reset_seconds',
];

// The model's clock stands still within a step and Postgres's does not; the histories stay away from limits by more.
const TOLERANCE_MS = 3_000;
// With steps that take longer the machine did something else.
const DISTURBED_MS = 1_500;
const TRIES = 5;

// What a trigger or a CHECK raises is the model's `internal`.
const CHECK_VIOLATION = '23514';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LISTS_WITHOUT_ORDER = ['keys', 'push', 'objects', 'doomed', 'jobs', 'accounts'];

// Rows that the migrations put there; everything else is a history's own.
const KEPT = ['private.queue_settings', 'private.expected_times', 'private.sweep_state'];

/** What the output of the program `histories` says: `[{ seed, began_ms, steps }]`. */
export function readHistories(text) {
  const histories = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const read = JSON.parse(line);
    if (read.seed === undefined) histories.at(-1).steps.push(read);
    else histories.push({ ...read, steps: [] });
  }
  return histories;
}

/**
 * Makes a scratch database one in which time can pass: it passes by everything becoming older. The triggers that see
 * to it that nothing of the past changes look away meanwhile, and only then.
 */
export async function openStage(scratch) {
  // The history of the queues stands at its moments: they are its key, and two that lie as far apart as time passes
  // would meet halfway. Nothing that is compared reads it.
  const { rows: triggers } = await scratch.owner.query(`
    select trigger.tgname as name, trigger.tgrelid::regclass::text as relation, pg_get_triggerdef(trigger.oid) as definition
    from pg_trigger as trigger join pg_class as class on class.oid = trigger.tgrelid
    where class.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and not trigger.tgisinternal`);
  for (const { name, relation, definition } of triggers) {
    await scratch.owner.query(`drop trigger ${name} on ${relation}; ${whileTimeStands(definition)}`);
  }
  const { rows: columns } = await scratch.owner.query(`
    select format('%I.%I', "column".table_schema, "column".table_name) as relation, quote_ident("column".column_name) as name
    from information_schema.columns as "column"
    join information_schema.tables as "table" using (table_schema, table_name)
    where "column".table_schema in ('public', 'private') and "table".table_type = 'BASE TABLE'
      and "column".data_type = 'timestamp with time zone' and "table".table_name <> 'queue_history'
    order by 1, 2`);
  const emptied = await tablesToEmpty(scratch.owner);
  const [edge, owner] = [await scratch.edge.connect(), await scratch.owner.connect()];
  // Compiling a query takes longer than any of these.
  for (const client of [edge, owner]) await client.query('set synchronous_commit = off; set jit = off');
  return {
    edge,
    owner,
    timed: Map.groupBy(columns, ({ relation }) => relation),
    emptied,
    close() {
      for (const client of [edge, owner]) client.release();
    },
  };
}

/** The tables that a history fills, those that refer to others first. */
async function tablesToEmpty(owner) {
  const { rows } = await owner.query(`
    select "table".oid::regclass::text as name, array(
      select conrelid::regclass::text from pg_constraint
      where confrelid = "table".oid and contype = 'f' and conrelid <> confrelid
    ) as named_by
    from pg_class as "table"
    where "table".relkind = 'r' and "table".relnamespace in ('public'::regnamespace, 'private'::regnamespace)`);
  const ordered = new Set(KEPT);
  while (ordered.size < rows.length) {
    const next = rows.filter(
      ({ name, named_by: namedBy }) => !ordered.has(name) && namedBy.every((other) => ordered.has(other)),
    );
    if (next.length === 0) throw new Error('tables refer to each other in a circle');
    for (const { name } of next) ordered.add(name);
  }
  return [...ordered].filter((name) => !KEPT.includes(name));
}

function whileTimeStands(definition) {
  const condition = `coalesce(current_setting('stage.time', true), '') <> 'passes'`;
  const [head, body] = definition.split(' EXECUTE FUNCTION ');
  const [before, own] = head.split(' WHEN ');
  return `${before} when (${own ? `${own} and ` : ''}${condition}) execute function ${body}`;
}

function changeThePast(stage, statements) {
  return stage.owner.query(`begin; set local stage.time = 'passes'; ${statements.join('; ')}; commit`);
}

function passTime(stage, ms) {
  const statements = [...stage.timed].map(
    ([relation, columns]) =>
      `update ${relation} set ${columns.map(({ name }) => `${name} = ${name} - interval '${ms} milliseconds'`).join(', ')}`,
  );
  return changeThePast(stage, statements);
}

function beginAnew(stage) {
  return changeThePast(stage, [
    ...stage.emptied.map((name) => `delete from ${name}`),
    `update private.sweep_state set last_pass_at = clock_timestamp(), lists_lost_at = '-infinity'`,
  ]);
}

/** Repeats a history. Returns what differed first, or null. */
export async function repeat(stage, history) {
  for (let triesLeft = TRIES; ; triesLeft -= 1) {
    const { difference, wasDisturbed } = await repeatOnce(stage, history);
    // What differs while the machine stands still may differ for that alone.
    if (!difference || !wasDisturbed || triesLeft === 0) return difference;
  }
}

async function repeatOnce(stage, { seed, began_ms: modelBeganMs, steps }) {
  await beginAnew(stage);
  const names = new Names();
  // How far the model's clock is ahead of ours, when it is.
  const beganAt = performance.now();
  let passedMs = 0;
  let wasDisturbed = false;
  for (const [number, step] of steps.entries()) {
    const aheadMs = step.now_ms - modelBeganMs - passedMs - (performance.now() - beganAt);
    // Only a pause sets the clocks right: what was just written must not come to lie after now.
    if (step.after_seconds > 0) {
      await passTime(stage, Math.round(aheadMs));
      passedMs += Math.round(aheadMs);
    }
    const calledAt = performance.now();
    // A worker that loses one job after the other is paused, which the model leaves to other tests.
    await stage.owner.query('update private.workers set losses = -1000 where losses > -500');
    const answer = await answerOf(stage.edge, step.function, names.inPostgres(step.arguments));
    const { now_ms: nowMs, state } = await look(stage);
    const lateMs = step.after_seconds > 0 ? 0 : -aheadMs;
    wasDisturbed ||= lateMs + performance.now() - calledAt > DISTURBED_MS;
    const difference =
      firstDifference(
        { reply: comparable(step.reply, step.now_ms), refused: step.refused },
        { ...answer, reply: comparable(answer.reply, nowMs) },
        names,
      ) ?? firstDifference({ state: comparable(step.state) }, { state: comparable(state) }, names);
    if (difference) return { difference: { seed, number, step, difference }, wasDisturbed };
  }
  return { difference: null, wasDisturbed };
}

/** A difference, for people. */
export function describe({ seed, number, step, difference: { path, model, postgres } }) {
  return [
    `history ${seed}, step ${number} (after ${step.after_seconds} s): ${step.function} ${JSON.stringify(step.arguments)}`,
    `${path} is ${JSON.stringify(model)} in the model and ${JSON.stringify(postgres)} in Postgres`,
  ].join('\n');
}

async function answerOf(edge, name, args) {
  try {
    // Functions that return nothing give an empty text.
    return { reply: (await call(edge, name, args)) || null, refused: null };
  } catch (error) {
    if (error.code === CHECK_VIOLATION) return { reply: null, refused: 'internal' };
    if (error.code?.startsWith('PT')) return { reply: null, refused: error.hint };
    throw error;
  }
}

async function look({ owner }) {
  const { rows } = await owner.query({ name: 'look', text: LOOK });
  return rows[0];
}

const at = (moment) =>
  `case when ${moment} > '-infinity' then jsonb_build_object('in_ms', private.epoch_ms(${moment}) - clock.ms) end`;
const LOOK = `
  select clock.ms as now_ms, jsonb_build_object(
    'jobs', (select coalesce(jsonb_agg(jsonb_build_object(
      'id', job.id, 'status', job.status, 'attempt', job.attempt, 'version', job.version, 'progress', job.progress,
      'cancel_requested', job.cancel_requested, 'charged', job.charged, 'released', job.released, 'queued', ${at('job.queued_at')},
      'assets', (select jsonb_agg(jsonb_build_object(
        'status', asset.status, 'url', asset.url, 'thumbnail_url', asset.thumbnail_url
      ) order by asset.index)
      from (
        select job_id, image_index as index, status, image_url as url, thumbnail_url from public.images
        union all
        select job_id, 0, status, video_url, thumbnail_url from public.videos
      ) as asset
      where asset.job_id = job.id),
      'lease', (select jsonb_build_object(
        'lease_id', lease.lease_id, 'attempt', lease.attempt, 'worker_id', lease.worker_id,
        'claimed', ${at('lease.claimed_at')}, 'until', ${at('lease.until')}, 'progress', lease.progress
      ) from private.leases as lease where lease.job_id = job.id),
      'outbox', (select jsonb_build_object(
        'attempt', hint.attempt, 'written', ${at('hint.written_at')},
        'pushed', ${at('hint.pushed_at')}, 'pushes', least(hint.pushes, 5)
      ) from private.outbox as hint where hint.job_id = job.id),
      'recorded', (select coalesce(jsonb_agg(number order by number), '[]') from private.claims where job_id = job.id),
      'settlements', (select coalesce(jsonb_agg(jsonb_build_array(settled.attempt, settled.digest) order by settled.created_at), '[]')
        from private.settlements as settled where settled.job_id = job.id)
    )), '[]') from public.jobs as job),
    'accounts', (select coalesce(jsonb_agg(jsonb_build_object(
      'user_id', account.user_id, 'available', account.available, 'held', account.held, 'spent', account.spent,
      'issued', (select -sum(amount) from private.credit_postings as posting
        where posting.user_id = account.user_id and posting.account = 'issued')
    )), '[]') from private.accounts as account),
    'doomed', (select coalesce(jsonb_agg(jsonb_build_object(
      'bucket', doomed.bucket, 'key', doomed.key, 'due', ${at('doomed.due_at')}, 'tries', doomed.tries
    )), '[]') from private.object_deletions as doomed),
    'last_pass', ${at('sweep.last_pass_at')},
    'lists_lost', ${at('sweep.lists_lost_at')}
  ) as state
  from private.sweep_state as sweep, (select private.epoch_ms(clock_timestamp()) as ms) as clock`;

/** A value without what is not compared: moments become distances from now, lists without an order get one. */
function comparable(value, nowMs, key = '') {
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, nowMs));
    return LISTS_WITHOUT_ORDER.includes(key)
      ? items
          .map((item) => [nameOf(item), item])
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, item]) => item)
      : items;
  }
  if (value === null || typeof value !== 'object')
    return key.endsWith('until_ms') && value !== null ? { in_ms: value - nowMs } : value;
  // The edge writes some replies on as its own, in the names of its API.
  const entries = Object.entries(value)
    .map(([name, item]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), item])
    .filter(([name]) => !NOT_IN_THE_MODEL.includes(name));
  return Object.fromEntries(entries.map(([name, item]) => [name, comparable(item, nowMs, name)]));
}

function nameOf({ id, job_id: jobId, user_id: userId, bucket, key, attempt, index, role }) {
  return JSON.stringify([
    id ?? null,
    jobId ?? null,
    userId ?? null,
    bucket ?? null,
    key ?? null,
    attempt ?? null,
    index ?? null,
    role ?? null,
  ]);
}

function firstDifference(model, postgres, names, path = '') {
  const differ = { path, model, postgres };
  if (model === null || postgres === null || typeof model !== 'object' || typeof postgres !== 'object') {
    return model === postgres || names.areOne(model, postgres) ? null : differ;
  }
  if ('in_ms' in model && 'in_ms' in postgres)
    return Math.abs(model.in_ms - postgres.in_ms) <= TOLERANCE_MS ? null : differ;
  if (Array.isArray(model) && model.length !== postgres.length) return differ;
  for (const key of new Set([...Object.keys(model), ...Object.keys(postgres)])) {
    if (!(key in model) || !(key in postgres))
      return { path: `${path}.${key}`, model: model[key], postgres: postgres[key] };
    const difference = firstDifference(model[key], postgres[key], names, `${path}.${key}`);
    if (difference) return difference;
  }
  return null;
}

/** Ids that Postgres draws for itself: of assets, and of leases of workers that never claim. */
class Names {
  #inPostgres = new Map();
  #inModel = new Map();

  /** Whether two ids mean the same thing: they do when they are first met at the same place, and then always. */
  areOne(model, postgres) {
    if (!UUID.test(model) || !UUID.test(postgres)) return false;
    if (!this.#inPostgres.has(model) && !this.#inModel.has(postgres)) {
      this.#inPostgres.set(model, postgres);
      this.#inModel.set(postgres, model);
    }
    return this.#inPostgres.get(model) === postgres;
  }

  /** Arguments with Postgres's own ids. */
  inPostgres(args) {
    return JSON.parse(JSON.stringify(args), (_, value) => this.#inPostgres.get(value) ?? value);
  }
}
