// What Supabase Storage asks before it signs a URL: which objects a user may read.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, jobRow, settle } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

/** The objects that somebody sees, as `<bucket>/<key>`; `keys` are put there first. */
async function seen(viewer, keys) {
  await scratch.owner.query('truncate storage.objects');
  for (const path of keys) {
    const [bucket, ...key] = path.split('/');
    await scratch.owner.query('insert into storage.objects values ($1, $2)', [bucket, key.join('/')]);
  }
  const { rows } = await viewer.query(`select bucket_id || '/' || name as path from storage.objects order by 1`);
  return rows.map(({ path }) => path);
}

/** A job with one finished picture, and where its files are. */
async function finished(user) {
  const job = await enqueue(scratch.edge, user, { p_num_assets: 3 });
  const { queue } = await jobRow(scratch.owner, job);
  await call(scratch.edge, 'claim_job', claim({ p_job_id: job, p_queue: queue, p_lease_id: randomUUID() }));
  const stem = `${user}/sdxl_${job}_1_`;
  await call(
    scratch.edge,
    'settle_job',
    settle(job, 2, 'processing', {
      p_assets: [{ ...asset(0, 'completed', `${stem}0.png`), thumbnail_url: `${stem}0_thumb.jpg` }],
    }),
  );
  const { rows } = await scratch.owner.query(
    `select job_type as bucket, image_url, thumbnail_url from public.images join public.jobs on jobs.id = job_id
     where job_id = $1 and images.status = 'completed'`,
    [job],
  );
  return { stem, ...rows[0] };
}

test('a user reads what an own row shows, in the bucket of its job type, and nothing else', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const { stem, bucket, image_url: picture, thumbnail_url: thumbnail } = await finished(ada);
  const shown = [picture, thumbnail].map((key) => `${bucket}/${key}`);
  assert.deepEqual(shown, [`${bucket}/${stem}0.png`, `${bucket}/${stem}0_thumb.jpg`]);
  const hidden = [
    // Another attempt's, and a picture that is not finished.
    `${bucket}/${stem.replace(/_1_$/, '_2_')}0.png`,
    `${bucket}/${stem}1.png`,
    `video_fast/${stem}0.png`,
    `${bucket}/${ada}/by-hand.png`,
    `${bucket}/${ada}/sdxl_not-a-job_1_0.png`,
    `system_assets/${stem}0.png`,
  ];
  assert.deepEqual(await seen(scratch.user(ada), [...shown, ...hidden]), [...shown].sort());
  assert.deepEqual(await seen(scratch.user(bob), [...shown, ...hidden]), []);
  assert.deepEqual(await seen(scratch.as('anon'), shown), []);
});

test('a picture that its owner has deleted is no longer theirs to read', async () => {
  const user = randomUUID();
  const { bucket, stem } = await finished(user);
  const path = `${bucket}/${stem}0.png`;
  assert.deepEqual(await seen(scratch.user(user), [path]), [path]);
  await scratch.owner.query('delete from public.images where image_url = $1', [`${stem}0.png`]);
  assert.deepEqual(await seen(scratch.user(user), [path]), []);
});

test('references are read below the own prefix', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const paths = ['reference_images', 'workspace_assets'].map((bucket) => `${bucket}/${ada}/a.png`);
  const others = [`reference_images/x/${ada}/a.png`, `reference_images/${ada}`, `system_assets/${ada}/a.png`];
  assert.deepEqual(await seen(scratch.user(ada), [...paths, ...others]), paths);
  assert.deepEqual(await seen(scratch.user(bob), [...paths, ...others]), []);
});
