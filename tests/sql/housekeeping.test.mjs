// What a pass of the sweep cleans up and keeps in bounds.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { call, countRows, enqueue, settle } from './support/calls.mjs';
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
