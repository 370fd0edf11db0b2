// What Supabase's Realtime sees: the row changes of the published tables. Older pages listen to updates alone,
// and to one an asset. Here triggers note what there is to be sent; tests/stack tries who is sent it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, jobRow, settle } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
  const { rows } = await scratch.owner.query(
    `select tablename as name from pg_publication_tables where pubname = 'supabase_realtime'`,
  );
  assert.equal(rows.length, 3);
  await scratch.owner.query(`
    create schema listener;
    create table listener.heard (nth bigint generated always as identity, kind text, source text, status text);
    create function listener.hear() returns trigger language plpgsql security definer as $$
    begin
      insert into listener.heard (kind, source, status) values (tg_op, tg_table_name, to_jsonb(new) ->> 'status');
      return null;
    end $$;
    ${rows.map(({ name }) => `create trigger heard after insert or update or delete on public.${name} for each row execute function listener.hear();`).join('\n')}`);
});
after(() => scratch?.close());
beforeEach(() => scratch.owner.query('truncate listener.heard'));

/** What was heard since the last time, `update images completed` and so on. */
async function heard() {
  const { rows } = await scratch.owner.query(
    'select lower(kind) as kind, source, status from listener.heard order by nth',
  );
  await scratch.owner.query('truncate listener.heard');
  return rows.map(({ kind, source, status }) => `${kind} ${source} ${status}`);
}

async function claimed(changes) {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user, changes);
  const lease = randomUUID();
  const { queue } = await jobRow(scratch.owner, job);
  await heard();
  await call(scratch.edge, 'claim_job', claim({ p_job_id: job, p_queue: queue, p_lease_id: lease }));
  return { user, job, lease };
}

test('a batch is told with one update an asset', async () => {
  const { job } = await claimed();
  assert.deepEqual(await heard(), ['update jobs processing']);
  await call(
    scratch.edge,
    'settle_job',
    settle(job, 2, 'completed', { p_assets: [0, 1, 2].map((index) => asset(index, 'completed')) }),
  );
  assert.deepEqual((await heard()).sort(), [
    'update images completed',
    'update images completed',
    'update images completed',
    'update jobs completed',
  ]);
});

test('picture by picture, each is told once, when it is there', async () => {
  const { job } = await claimed();
  await heard();
  for (const index of [0, 1]) {
    const { version } = await jobRow(scratch.owner, job);
    await call(
      scratch.edge,
      'settle_job',
      settle(job, version, 'processing', { p_assets: [asset(index, 'completed')] }),
    );
    assert.deepEqual(
      (await heard()).filter((one) => one.includes('images')),
      ['update images completed'],
    );
  }
  const { version } = await jobRow(scratch.owner, job);
  await call(
    scratch.edge,
    'settle_job',
    settle(job, version, 'completed', { p_assets: [0, 1, 2].map((index) => asset(index, 'completed')) }),
  );
  assert.deepEqual((await heard()).sort(), ['update images completed', 'update jobs completed']);
});

test('a video, and jobs that come to nothing', async () => {
  const video = await claimed({ p_job_type: 'video_fast', p_num_assets: 1 });
  await heard();
  await call(scratch.edge, 'settle_job', settle(video.job, 2, 'failed'));
  assert.deepEqual((await heard()).sort(), ['update jobs failed', 'update videos failed']);
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user, { p_num_assets: 1 });
  await heard();
  await call(scratch.edge, 'cancel_job', { p_user_id: user, p_job_id: job });
  assert.deepEqual((await heard()).sort(), ['update images canceled', 'update jobs canceled']);
});

test('heartbeats wake nobody', async () => {
  const { job, lease } = await claimed();
  await heard();
  for (const progress of [10, 20, 30]) {
    await call(
      scratch.edge,
      'heartbeat_job',
      heartbeat(job, { p_attempt: 1, p_lease_id: lease, p_worker_id: 'worker', p_progress: progress }),
    );
  }
  assert.deepEqual(await heard(), []);
});

test('listeners are sent their own rows alone, with the columns that pages read', async () => {
  const { user, job } = await claimed();
  await call(scratch.edge, 'settle_job', settle(job, 2, 'completed', { p_assets: [asset(0, 'completed', 'u/a.png')] }));
  // Realtime asks the table itself whether the listener may see a row.
  const seen = async (who) =>
    (
      await scratch
        .user(who)
        .query(
          'select status, image_url, image_index, job_id from public.images where job_id = $1 order by image_index',
          [job],
        )
    ).rows;
  assert.deepEqual((await seen(user))[0], { status: 'completed', image_url: 'u/a.png', image_index: 0, job_id: job });
  assert.deepEqual(await seen(randomUUID()), []);
  // An update's new row is sent whole whatever this is; the key is what identifies it.
  const { rows } = await scratch.owner.query(
    `select relname, relreplident from pg_class where oid in ('public.jobs'::regclass, 'public.images'::regclass, 'public.videos'::regclass)`,
  );
  assert.deepEqual(
    rows.map(({ relreplident }) => relreplident),
    ['d', 'd', 'd'],
  );
});
