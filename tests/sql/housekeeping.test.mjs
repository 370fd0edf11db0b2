// What a pass of the sweep cleans up and keeps in bounds.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { call, claim, countRows, enqueue, settle, sweep } from './support/calls.mjs';
import { now, pass, running, scratchForEachTest, sql } from './support/sweeping.mjs';

scratchForEachTest();

test('files of lost attempts are handed out for deletion when no upload can arrive any more', async () => {
  const { job } = await running();
  await call(now.scratch.edge, 'settle_job', settle(job, 2, 'failed'));
  assert.deepEqual((await pass()).objects, []);
  await sql(`update private.object_deletions set due_at = now()`);
  const { objects } = await pass();
  assert.equal(objects.length, 6);
  assert.ok(objects.every(({ bucket, key }) => bucket === 'sdxl_image_fast' && key.includes(job)));
  assert.deepEqual((await pass()).objects, [], 'not again at once');
  await call(now.scratch.edge, 'sweep_done', { p_pushed: [], p_deleted: objects.slice(0, 5) });
  await sql(`update private.object_deletions set due_at = now()`);
  assert.deepEqual((await pass()).objects, objects.slice(5));
});

test('expected times follow the newest real ones', async () => {
  for (const milliseconds of [1000, 2000, 90_000]) {
    await sql(
      `insert into private.generation_times (job_type, num_assets, milliseconds) values ('image_fast', 1, $1)`,
      milliseconds,
    );
  }
  await pass();
  const { rows } = await sql(
    `select milliseconds from private.expected_times where job_type in ('image_fast', 'image_high') order by job_type`,
  );
  assert.deepEqual(
    rows.map(({ milliseconds }) => milliseconds),
    [2000, 90_000],
  );
});

test('what is older than a month is pruned, a bounded part a pass, once an hour', async () => {
  const { job } = await running();
  await call(now.scratch.edge, 'settle_job', settle(job, 2, 'failed', { p_digest: 'd' }));
  await sql(`update public.job_events set created_at = now() - interval '31 days'`);
  await sql(`update private.settlements set created_at = now() - interval '31 days'`);
  const rows = async () => {
    const counts = await countRows(now.scratch.owner);
    return [counts['public.job_events'], counts['private.settlements']];
  };
  assert.deepEqual(await rows(), [6, 1]);
  await pass({ p_limit: 4 });
  assert.deepEqual(await rows(), [2, 0]);
  await pass({ p_limit: 4 });
  assert.deepEqual(await rows(), [0, 0]);
  await sql(
    `insert into public.job_events (user_id, position, job_id, seq, kind, created_at) select user_id, 99, id, 99, 'queued', now() - interval '31 days' from public.jobs`,
  );
  await pass();
  assert.deepEqual(await rows(), [1, 0]);
});

test('how prompts were enhanced is kept as long as statistics ask for it', async () => {
  const user = randomUUID();
  await enqueue(now.scratch.edge, user);
  await sql(
    `
    insert into private.prompt_enhancements (
      user_id, job_type, template, method, fallback_used, cached, processing_ms, original_tokens, enhanced_tokens,
      compressed_tokens, original_chars, enhanced_chars, quality_score, created_at
    ) select $1, 'image_fast', 'wan_fast', 'rule_based', false, false, 1, 1, 1, 1, 1, 1, 1, now() - days * interval '1 day'
    from unnest(array[89, 91]) as days`,
    user,
  );
  await sql(`update private.sweep_state set pruned_at = '-infinity'`);
  await pass();
  const { rows } = await sql('select count(*) as kept from private.prompt_enhancements where user_id = $1', user);
  assert.equal(rows[0].kept, 1);
});

test('each five minutes leave one point of how full the queues are, for a month', async () => {
  const user = randomUUID();
  await enqueue(now.scratch.edge, user);
  await sql(`update public.jobs set queued_at = now() - interval '90 seconds'`);
  await pass();
  await enqueue(now.scratch.edge, user);
  await pass();
  const points = async () => (await sql('select * from private.queue_history order by at, queue')).rows;
  const [sdxl, wan, ...others] = await points();
  assert.deepEqual(others, [], 'a second pass in the same five minutes writes nothing');
  assert.deepEqual([sdxl.queue, Number(sdxl.queued), sdxl.oldest_seconds], ['sdxl_queue', 1, 90]);
  assert.deepEqual([wan.queue, Number(wan.queued), wan.oldest_seconds, wan.workers], ['wan_queue', 0, null, 0]);

  const history = (hours) => call(now.scratch.edge, 'admin_queue_history', { p_hours: hours });
  await sql(`update private.queue_history set at = at - interval '20 minutes'`);
  await pass();
  const [{ queue, points: day }] = await history(24);
  assert.deepEqual([queue, day.map(({ queued }) => queued)], ['sdxl_queue', [1, 2]]);
  await sql(`update private.queue_history set at = at - interval '2 hours'`);
  assert.deepEqual((await history(1))[0].points, []);
  // In a month a point is two and a half hours wide, and the worst of them.
  await sql(`insert into private.queue_history (queue, at, queued, processing, workers)
    select 'sdxl_queue', date_bin('1 hour', now(), 'epoch') - n * interval '5 minutes', n, 0, 1
    from generate_series(100, 8000) as n`);
  const [{ points: month }] = await history(720);
  assert.ok(month.length > 250 && month.length <= 290, `${month.length} points`);
  assert.equal(Math.max(...month.map(({ queued }) => queued)), 8000);

  await sql(`update private.queue_history set at = at - interval '31 days'`);
  await sql(`update private.sweep_state set pruned_at = '-infinity'`);
  await call(now.scratch.edge, 'sweep_pass', sweep({ p_limit: 10_000 }));
  assert.equal((await points()).length, 2);
});

// How each table stays bounded. What `prune` deletes it names; everything else needs a reason.
const BOUNDED = {
  'private.accounts': 'one a user',
  'private.admin_actions': 'what operators did by hand, kept as the audit',
  'private.api_keys': 'at most fifty a user',
  'private.claims': 'prune',
  'private.credit_events': 'the ledger is kept: a few a job, bounded by what was paid',
  'private.deleted_assets': 'prune',
  'private.event_tickets': 'each new one clears old ones away, and a user has at most fifty unused ones',
  'private.expected_times': 'one a job type and size',
  'private.generation_times': 'prune',
  'private.image_tags': 'at most twenty an image',
  'private.job_errors': 'prune',
  'private.job_payloads': 'one an unfinished job',
  'private.leases': 'one a running job',
  'private.measured_totals': 'one a name and its labels',
  'private.measurements': 'counted and deleted by each pass of the sweep',
  'private.messages': 'each pass of the sweep forgets what is older than a signature is good for',
  'private.object_deletions': 'gone when the object is',
  'private.outbox': 'one a queued job',
  'private.policy_counts': 'one a day and surface',
  'private.policy_events': 'prune',
  'private.prompt_enhancements': 'prune',
  'private.queue_history': 'prune',
  'private.queue_settings': 'one a queue',
  'private.reference_uploads': 'prune',
  'private.revoked_workers': 'one a key that an operator made worthless by hand',
  'private.settlements': 'prune',
  'private.sweep_state': 'one row',
  'private.video_tags': 'at most twenty a video',
  'private.webhook_disabled': 'one an address that answered 410',
  'private.webhook_secrets': 'at most five a user',
  'private.workers': 'prune',
  'public.images': 'what users have made, until they delete it',
  'public.job_events': 'prune',
  'public.jobs': 'what users have ordered',
  'public.profiles': 'one a user',
  'public.projects': 'at most a thousand a user',
  'public.videos': 'what users have made, until they delete it',
  'public.webhook_deliveries': 'prune',
};

test('every table stays bounded, and is known for how', async () => {
  const { rows } = await sql(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('public', 'private') order by 1`);
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(BOUNDED).sort(),
  );
  const { rows: functions } = await sql(`select pg_get_functiondef('private.prune'::regproc) as body`);
  for (const [name, how] of Object.entries(BOUNDED))
    assert.equal(functions[0].body.includes(`delete from ${name} `), how === 'prune', name);
});

test('workers that are gone for good are forgotten, those that were stopped are not', async () => {
  for (const worker of ['gone', 'stopped', 'here'])
    await call(now.scratch.edge, 'claim_job', claim({ p_worker_id: worker }));
  await sql(`update private.workers set last_seen_at = now() - interval '31 days' where worker_id <> 'here'`);
  await sql(`update private.workers set paused = true where worker_id = 'stopped'`);
  await sql(`update private.sweep_state set pruned_at = '-infinity'`);
  await pass();
  const { rows } = await sql('select worker_id from private.workers order by 1');
  assert.deepEqual(
    rows.map(({ worker_id: id }) => id),
    ['here', 'stopped'],
  );
});
