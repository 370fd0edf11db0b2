// What owners do with what they have: assets that are kept, preferred, named and deleted, and projects.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, jobRow, ledgerFaults, refusal, settle, sweep } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const VIDEO_PLACEHOLDER = 'system_assets/video-placeholder-thumbnail.png';
const NOT_FOUND = refusal(404, 'not_found');

/** A finished batch of three with its assets as their owner sees them. */
async function batch(user) {
  const job = await enqueue(scratch.edge, user);
  const assets = [0, 1, 2].map((index) => ({ ...asset(index, 'completed'), thumbnail_url: `thumb-${index}` }));
  const metadata = { all_assets: ['key-0', 'key-1', 'key-2'], primary_asset: 'key-0' };
  await call(scratch.edge, 'settle_job', settle(job, 1, 'completed', { p_assets: assets, p_metadata: metadata }));
  return { job, assets: (await call(scratch.user(user), 'my_job', { p_job_id: job })).assets };
}

/** A finished video of a user's, by its id. */
async function videoOf(user, key = `${randomUUID()}.mp4`) {
  const job = await enqueue(scratch.edge, user, { p_job_type: 'video_fast', p_num_assets: 1, p_price_each: 5 });
  const made = { ...asset(0, 'completed', key), thumbnail_url: VIDEO_PLACEHOLDER };
  await call(scratch.edge, 'settle_job', settle(job, 1, 'completed', { p_assets: [made] }));
  return (await call(scratch.user(user), 'my_job', { p_job_id: job })).assets[0].id;
}

const update = (user, id, changes) =>
  call(scratch.edge, 'update_asset', {
    p_user_id: user,
    p_asset_id: id,
    p_most_tags: 20,
    p_most_own_tags: 500,
    ...changes,
  });
const remove = (user, id) => call(scratch.edge, 'delete_asset', { p_user_id: user, p_asset_id: id });
const tagsOf = (user) => call(scratch.user(user), 'my_tags');
const tooMany = (field, limit) => refusal(409, 'state_conflict', { field, limit });

/** The ids of what a user has by a tag, in their order. */
async function tagged(user, tag, changes) {
  const rows = await call(scratch.user(user), 'my_assets', { p_limit: 10, p_tag: tag, ...changes });
  return rows.map(({ id }) => id).sort();
}

async function doomed(keys) {
  const { rows } = await scratch.owner.query(
    'select bucket, key from private.object_deletions where key = any ($1) order by key',
    [keys],
  );
  return rows;
}

test('an asset is kept and named, and what is not said stays', async () => {
  const user = randomUUID();
  const { assets } = await batch(user);
  const kept = await update(user, assets[1].id, { p_saved: true, p_title: 'A lake' });
  assert.deepEqual([kept.saved, kept.preferred, kept.title], [true, false, 'A lake']);
  const again = await update(user, assets[1].id, { p_saved: false });
  assert.deepEqual([again.saved, again.title], [false, 'A lake']);
});

test('assets are tagged, untagged and found by a tag, pictures and videos', async () => {
  const user = randomUUID();
  const { assets } = await batch(user);
  const video = await videoOf(user);
  await update(user, assets[0].id, { p_add_tags: ['fox', 'snow'] });
  assert.deepEqual((await update(user, assets[1].id, { p_add_tags: ['snow', 'snow'] })).tags, ['snow']);
  assert.deepEqual((await update(user, video, { p_add_tags: ['fox'], p_saved: true })).tags, ['fox']);
  const found = (tag, changes) => tagged(user, tag, changes);
  assert.deepEqual(await found('fox'), [assets[0].id, video].sort());
  assert.deepEqual(await found('snow', { p_kind: 'image' }), [assets[0].id, assets[1].id].sort());
  assert.deepEqual(await found('snow', { p_kind: 'video' }), []);
  assert.deepEqual(await found('fox', { p_saved: true }), [video]);
  assert.deepEqual(await found('fo'), [], 'a tag is a whole one');
  assert.equal((await found(null)).length, 4);
  assert.deepEqual((await update(user, assets[0].id, { p_saved: true })).tags, ['fox', 'snow']);
  const changed = await update(user, assets[0].id, { p_remove_tags: ['fox', 'ice'], p_add_tags: ['pond'] });
  assert.deepEqual(changed.tags, ['pond', 'snow']);
  assert.deepEqual(await found('fox'), [video]);
  assert.deepEqual(await tagsOf(user), ['fox', 'pond', 'snow']);
});

test('pages by a tag go on where the last one ended, from either end', async () => {
  const user = randomUUID();
  const ids = [];
  for (let nth = 0; nth < 2; nth += 1)
    for (const { id } of (await batch(user)).assets) {
      ids.push(id);
      await update(user, id, { p_add_tags: ['fox'] });
    }
  ids.push(await videoOf(user));
  await update(user, ids.at(-1), { p_add_tags: ['fox'] });
  await videoOf(user);
  for (const p_oldest of [false, true]) {
    const seen = [];
    for (let last = null; ; ) {
      const behind = last ? { p_before: last.created_at, p_before_id: last.id } : {};
      const page = { p_limit: 2, p_tag: 'fox', p_oldest, ...behind };
      const rows = await call(scratch.user(user), 'my_assets', page);
      if (rows.length === 0) break;
      seen.push(...rows.map(({ id }) => id));
      last = rows.at(-1);
    }
    assert.deepEqual(seen.toSorted(), ids.toSorted());
  }
});

test('nobody tags what is not theirs, or sees what others call theirs', async () => {
  const [user, other] = [randomUUID(), randomUUID()];
  const { assets } = await batch(user);
  await batch(other);
  await update(user, assets[0].id, { p_add_tags: ['fox'] });
  for (const changes of [{ p_add_tags: ['ours'] }, { p_remove_tags: ['fox'] }])
    await assert.rejects(update(other, assets[0].id, changes), NOT_FOUND);
  assert.deepEqual(await tagged(other, 'fox'), []);
  assert.deepEqual(await tagsOf(other), []);
  assert.deepEqual(await tagged(user, 'fox'), [assets[0].id]);
});

test('an asset and its owner have so many tags and no more, and what is refused changes nothing', async () => {
  const user = randomUUID();
  const { assets } = await batch(user);
  const few = { p_most_tags: 3, p_most_own_tags: 4 };
  const add = (place, ...tags) => update(user, assets[place].id, { p_add_tags: tags, ...few });
  await add(0, 'a', 'b', 'c');
  await add(0, 'a');
  await assert.rejects(add(0, 'd'), tooMany('add_tags', 3));
  assert.deepEqual((await update(user, assets[0].id, { p_remove_tags: ['b'], p_add_tags: ['d'], ...few })).tags, [
    'a',
    'c',
    'd',
  ]);
  await add(1, 'b', 'c');
  await assert.rejects(
    update(user, assets[1].id, { p_add_tags: ['e'], p_title: 'A lake', ...few }),
    tooMany('tags', 4),
  );
  assert.deepEqual(await tagsOf(user), ['a', 'b', 'c', 'd']);
  assert.equal((await update(user, assets[1].id, { p_saved: true })).title, null);
});

test('who tags at the same time loses nothing, and gets past no limit', async () => {
  const user = randomUUID();
  const { assets } = await batch(user);
  const others = (await batch(user)).assets;
  await Promise.all(['a', 'b', 'c', 'd'].map((tag) => update(user, assets[0].id, { p_add_tags: [tag] })));
  assert.deepEqual(await tagsOf(user), ['a', 'b', 'c', 'd']);
  const answers = await Promise.allSettled(
    [...assets, ...others].map(({ id }, nth) => update(user, id, { p_add_tags: [`new ${nth}`], p_most_own_tags: 6 })),
  );
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 2);
  assert.equal((await tagsOf(user)).length, 6);
});

test('one asset of a job is preferred, whoever asks for which at the same time', async () => {
  const user = randomUUID();
  const { job, assets } = await batch(user);
  for (const { id } of assets) await update(user, id, { p_preferred: true });
  await Promise.all([...assets, ...assets, ...assets].map(({ id }) => update(user, id, { p_preferred: true })));
  const { rows } = await scratch.owner.query('select id from public.images where job_id = $1 and preferred', [job]);
  assert.equal(rows.length, 1);
  assert.equal((await update(user, rows[0].id, { p_preferred: false })).preferred, false);
});

test('an object that two jobs name goes with the last asset that shows it', async () => {
  const user = randomUUID();
  // Older workers named pictures freely.
  const key = `${user}/mine.png`;
  const jobs = [];
  for (let nth = 0; nth < 2; nth += 1) {
    const job = await enqueue(scratch.edge, user, { p_num_assets: 1 });
    await call(scratch.edge, 'settle_job', settle(job, 1, 'completed', { p_assets: [asset(0, 'completed', key)] }));
    jobs.push(await call(scratch.user(user), 'my_job', { p_job_id: job }));
  }
  await remove(user, jobs[0].assets[0].id);
  assert.deepEqual(await doomed([key]), []);
  await remove(user, jobs[1].assets[0].id);
  assert.deepEqual(await doomed([key]), [{ bucket: 'sdxl_image_fast', key }]);
});

test('a video is kept and deleted as a picture is, its placeholder stays', async () => {
  const user = randomUUID();
  const video = await videoOf(user, 'v.mp4');
  assert.equal((await update(user, video, { p_saved: true, p_preferred: true })).kind, 'video');
  await remove(user, video);
  assert.deepEqual(await doomed(['v.mp4', VIDEO_PLACEHOLDER]), [{ bucket: 'video_fast', key: 'v.mp4' }]);
});

test('a deleted asset is gone for its owner, its objects are doomed, and once more is no error', async () => {
  const user = randomUUID();
  const { job, assets } = await batch(user);
  await remove(user, assets[0].id);
  await remove(user, assets[0].id);
  const me = scratch.user(user);
  const left = await call(me, 'my_job', { p_job_id: job });
  assert.deepEqual(
    left.assets.map(({ id }) => id),
    [assets[1].id, assets[2].id],
  );
  assert.deepEqual([left.metadata.primary_asset, left.metadata.all_assets], ['key-1', ['key-1', 'key-2']]);
  assert.deepEqual(
    (await call(me, 'my_assets', { p_limit: 9 })).map(({ id }) => id).sort(),
    [assets[1].id, assets[2].id].sort(),
  );
  await assert.rejects(update(user, assets[0].id, { p_saved: true }), NOT_FOUND);
  await remove(user, assets[1].id);
  await remove(user, assets[2].id);
  assert.deepEqual((await jobRow(scratch.owner, job)).metadata.primary_asset, null);
  assert.equal((await jobRow(scratch.owner, job)).status, 'completed');
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('objects are handed out for deletion once no upload link can bring them back', async () => {
  const user = randomUUID();
  const { job, assets } = await batch(user);
  // The keys of the other tests' assets are the same, and would be doomed already.
  await scratch.owner.query(
    `update public.images set image_url = $1 || image_url, thumbnail_url = $1 || thumbnail_url where job_id = $2`,
    [`${user}/`, job],
  );
  await remove(user, assets[0].id);
  const keys = [`${user}/key-0`, `${user}/thumb-0`];
  assert.deepEqual(
    (await doomed(keys)).map(({ key }) => key),
    keys,
  );
  const pass = async () =>
    (await call(scratch.edge, 'sweep_pass', sweep())).objects.filter(({ key }) => keys.includes(key));
  assert.deepEqual(await pass(), []);
  await scratch.owner.query(`update private.object_deletions set due_at = due_at - interval '12 minutes'`);
  const due = await pass();
  assert.equal(due.length, 2);
  await call(scratch.edge, 'sweep_done', { p_pushed: [], p_deleted: due });
  assert.deepEqual(await doomed(keys), []);
});

test('many deletes of the same asset at once delete it once', async () => {
  const user = randomUUID();
  const { assets } = await batch(user);
  await Promise.all(Array.from({ length: 8 }, () => remove(user, assets[2].id)));
  const { rows } = await scratch.owner.query(
    'select count(*) as deletions from private.deleted_assets where asset_id = $1',
    [assets[2].id],
  );
  assert.equal(rows[0].deletions, 1);
});

test('what is not finished is neither kept nor deleted', async () => {
  const user = randomUUID();
  const job = await enqueue(scratch.edge, user);
  await call(scratch.edge, 'claim_job', claim({ p_job_id: job }));
  const [first] = (await call(scratch.user(user), 'my_job', { p_job_id: job })).assets;
  await assert.rejects(update(user, first.id, { p_saved: true }), refusal(409, 'state_conflict'));
  await assert.rejects(remove(user, first.id), refusal(409, 'state_conflict', { status: 'processing' }));
});

test('another user finds nothing, before and after a delete', async () => {
  const [anna, boris] = [randomUUID(), randomUUID()];
  const { assets } = await batch(anna);
  await assert.rejects(update(boris, assets[0].id, { p_title: 'mine' }), NOT_FOUND);
  await assert.rejects(remove(boris, assets[0].id), NOT_FOUND);
  await remove(anna, assets[0].id);
  await assert.rejects(remove(boris, assets[0].id), NOT_FOUND);
  await assert.rejects(remove(anna, randomUUID()), NOT_FOUND);
});

test('projects are made once an id, changed by name, and listed newest first', async () => {
  const user = randomUUID();
  const create = (changes) =>
    call(scratch.edge, 'create_project', {
      p_user_id: user,
      p_project_id: randomUUID(),
      p_max_projects: 3,
      ...changes,
    });
  const id = randomUUID();
  const made = await create({ p_project_id: id, p_original_prompt: 'a lake', p_title: 'Water' });
  assert.deepEqual(await create({ p_project_id: id }), made);
  const character = randomUUID();
  const change = (changes) =>
    call(scratch.edge, 'update_project', { p_user_id: user, p_project_id: id, p_changes: changes });
  const changed = await change({ title: null, enhanced_prompt: 'a calm lake', character_id: character });
  assert.deepEqual(
    [changed.title, changed.original_prompt, changed.enhanced_prompt, changed.character_id],
    [null, 'a lake', 'a calm lake', character],
  );
  assert.equal((await change({ character_id: null })).character_id, null);
  const second = await create({ p_title: 'Second' });
  await create({ p_title: 'Third' });
  await assert.rejects(create({ p_title: 'Fourth' }), refusal(409, 'state_conflict', { limit: 3 }));
  const me = scratch.user(user);
  const [newest] = await call(me, 'my_projects', { p_limit: 1 });
  assert.equal(newest.title, 'Third');
  const rest = await call(me, 'my_projects', { p_limit: 9, p_before: newest.created_at, p_before_id: newest.id });
  assert.deepEqual(
    rest.map((project) => project.id),
    [second.id, id],
  );
  assert.deepEqual(await call(scratch.user(randomUUID()), 'my_projects', { p_limit: 9 }), []);
  const foreign = { p_user_id: randomUUID(), p_project_id: id, p_changes: { title: 'mine' } };
  await assert.rejects(call(scratch.edge, 'update_project', foreign), NOT_FOUND);
});
