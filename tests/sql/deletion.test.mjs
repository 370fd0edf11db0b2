// A user's data is gone for good: what is left of them, at whatever moment they ask.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asset, call, claim, enqueue, heartbeat, jobRow, ledgerFaults, settle } from './support/calls.mjs';
import { createScratch } from './support/scratch.mjs';

const SECRET = 'a lighthouse that nobody else thinks of';
const MANY = 1000;
// Ids, amounts and times, and what was done to the account: nothing that somebody wrote or that was made.
const STAYS = ['private.accounts', 'private.credit_events', 'private.policy_events', 'public.profiles'];
// Until the sweep has deleted them.
const KEYS = 'private.object_deletions';
// What a worker is at, until it hears that there is no such job.
const AT = 'private.workers';

let scratch;
before(async () => {
  scratch = await createScratch();
});
after(() => scratch?.close());

const sql = async (text, ...values) => (await scratch.owner.query(text, values)).rows;
const erase = (user, most = MANY) => call(scratch.edge, 'delete_data', { p_user_id: user, p_most_jobs: most });
const doomed = async (user) =>
  (await sql('select bucket, key from private.object_deletions where strpos(key, $1) > 0 order by 1, 2', user)).map(
    ({ bucket, key }) => `${bucket} ${key.replace(user, 'user')}`,
  );

/** The tables in which a text stands anywhere. */
async function tablesWith(text) {
  const tables = await sql(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('public', 'private') order by 1`);
  const found = [];
  for (const { name } of tables) {
    const [{ rows }] = await sql(`select count(*) as rows from ${name} as t where strpos(t::text, $1) > 0`, text);
    if (rows > 0) found.push(name);
  }
  return found;
}

/** A finished batch; its object keys are as a worker's are. */
async function finished(user, changes = {}) {
  const job = await enqueue(scratch.edge, user, { p_prompt: SECRET, ...changes });
  const assets = [0, 1, 2].map((index) => ({
    ...asset(index, 'completed', `${user}/sdxl_${job}_1_${index}.png`),
    thumbnail_url: `${user}/sdxl_${job}_1_${index}_thumb.jpg`,
    metadata: { bytes: 100 },
  }));
  await call(scratch.edge, 'settle_job', settle(job, 1, 'completed', { p_assets: assets }));
  return job;
}

/** A job that a worker is at, a good third of which is done. */
async function running(user, changes = {}) {
  const id = await enqueue(scratch.edge, user, { p_prompt: SECRET, ...changes });
  const { lease_id: lease } = await call(scratch.edge, 'claim_job', claim({ p_job_id: id }));
  const fence = { p_attempt: 1, p_lease_id: lease, p_worker_id: 'worker' };
  await call(scratch.edge, 'heartbeat_job', heartbeat(id, { ...fence, p_progress: 40 }));
  return { id, fence };
}

/** Somebody with one of everything. */
async function person() {
  const user = randomUUID();
  const project = randomUUID();
  await call(scratch.edge, 'create_project', {
    p_user_id: user,
    p_project_id: project,
    p_max_projects: 10,
    p_title: SECRET,
    p_original_prompt: SECRET,
  });
  const references = [
    { type: 'style', bucket: 'reference_images', key: `${user}/style_1.png`, strength: 0.5 },
    { type: 'composition', bucket: 'workspace_assets', key: `${randomUUID()}/of-${user}.png`, strength: 0.5 },
  ];
  const done = await finished(user, {
    p_project_id: project,
    p_webhook_url: 'https://hooks.example/mine',
    p_metadata: { references },
  });
  const [picture] = await sql('select id from public.images where job_id = $1 and image_index = 2', done);
  await call(scratch.edge, 'delete_asset', { p_user_id: user, p_asset_id: picture.id });
  const [tagged] = await sql(`select id from public.images where job_id = $1 and image_index = 1`, done);
  const tags = { p_add_tags: [SECRET], p_most_tags: 20, p_most_own_tags: 500 };
  await call(scratch.edge, 'update_asset', { p_user_id: user, p_asset_id: tagged.id, ...tags });
  await call(scratch.edge, 'webhook_secret', { p_user_id: user, p_rotate: false });
  await call(scratch.edge, 'create_api_key', {
    p_user_id: user,
    p_key_id: randomUUID(),
    p_digest: randomUUID().replaceAll('-', '').repeat(2),
    p_prefix: 'ovz_aaaa',
    p_name: SECRET,
    p_scopes: ['read'],
    p_most: 50,
  });
  // Uploaded, and named by no order.
  await call(scratch.edge, 'make_reference', {
    p_user_id: user,
    p_key: `${user}/upload.png`,
    p_type: 'style',
    p_consent: false,
    p_bytes: 1,
    p_most: 10,
    p_most_bytes: 10,
  });
  await call(scratch.edge, 'issue_event_ticket', {
    p_user_id: user,
    p_digest: randomUUID().replaceAll('-', '').repeat(2),
    p_seconds: 60,
    p_ends_at_s: 4e9,
    p_most: 10,
  });
  await call(scratch.edge, 'record_policy_event', { p_user_id: user, p_surface: 'queue_job', p_job_id: null });
  await sql(`insert into private.webhook_disabled (user_id, url) values ($1, 'https://hooks.example/gone')`, user);
  await sql(
    `insert into private.prompt_enhancements
       (user_id, job_type, method, fallback_used, processing_ms, original_tokens, enhanced_tokens, quality_score,
        original_prompt)
     values ($1, 'image_fast', 'rule_based', false, 1, 1, 1, 1, $2)`,
    user,
    SECRET,
  );
  await sql('update public.profiles set display_name = $2 where id = $1', user, SECRET);
  return { user, done };
}

test('nothing that was written or made is left, and everybody else has theirs', async () => {
  const other = await person();
  const before = await tablesWith(other.user);
  const { user } = await person();
  const waiting = await enqueue(scratch.edge, user, { p_prompt: SECRET });
  const at = await running(user);
  const [{ spent }] = await sql('select spent from private.accounts where user_id = $1', user);

  assert.deepEqual(await erase(user), { jobs: 3, assets: 2 + 3 + 3, projects: 1, api_keys: 1, jobs_left: 0 });

  assert.deepEqual(await tablesWith(user), [...STAYS, KEYS].sort());
  assert.deepEqual((await tablesWith(other.user)).sort(), before.sort());
  assert.deepEqual(await tablesWith(waiting), ['private.credit_events']);
  assert.deepEqual(await tablesWith(at.id), ['private.credit_events', KEYS, AT]);
  const [profile] = await sql('select display_name from public.profiles where id = $1', user);
  assert.equal(profile.display_name, null);
  const [account] = await sql('select * from private.accounts where user_id = $1', user);
  assert.deepEqual([account.held, account.spent - spent, account.strikes, account.started], [0, 2, 1, true]);
  assert.deepEqual(await ledgerFaults(scratch.owner), []);

  // With the other gone, too, the words are nowhere.
  await erase(other.user);
  assert.deepEqual(await tablesWith(SECRET), []);
  const bytes = await sql(`select sum(amount) as bytes from private.measurements where metric = 'stored_bytes'`);
  assert.equal(Number(bytes[0].bytes), 0);
});

test('all objects are doomed, and no others', async () => {
  const { user, done } = await person();
  const video = await enqueue(scratch.edge, user, { p_job_type: 'video_fast', p_num_assets: 1, p_price_each: 5 });
  const made = { ...asset(0, 'completed', `${user}/${video}_1_0.mp4`), thumbnail_url: `system_assets/${user}.png` };
  await call(scratch.edge, 'settle_job', settle(video, 1, 'completed', { p_assets: [made] }));
  const { id } = await running(user, { p_num_assets: 1 });
  await erase(user);
  const pictures = [0, 1, 2].flatMap((index) => [`${done}_1_${index}.png`, `${done}_1_${index}_thumb.jpg`]);
  assert.deepEqual(
    await doomed(user),
    [
      'reference_images user/style_1.png',
      'reference_images user/upload.png',
      ...[...pictures, `${id}_1_0.png`, `${id}_1_0_thumb.jpg`].map((name) => `sdxl_image_fast user/sdxl_${name}`),
      `video_fast user/${video}_1_0.mp4`,
    ].sort(),
  );
  const [early] = await sql(
    `select min(due_at) - now() > interval '10 minutes' as is_late from private.object_deletions
     where strpos(key, $1) > 0 and strpos(key, $2) > 0`,
    user,
    id,
  );
  assert.equal(early.is_late, true, 'an upload link that is still good cannot bring it back');
});

test('a late report changes nothing', async () => {
  const user = randomUUID();
  const { id, fence } = await running(user);
  const { version } = await jobRow(scratch.owner, id);
  await erase(user);
  const left = await tablesWith(id);
  const assets = [0, 1, 2].map((index) => asset(index, 'completed'));
  const late = settle(id, version, 'completed', { p_assets: assets, p_worker_id: 'worker', p_digest: 'd' });
  assert.equal((await call(scratch.edge, 'settle_job', late)).outcome, 'not_found');
  assert.equal((await call(scratch.edge, 'heartbeat_job', heartbeat(id, fence))).outcome, 'not_found');
  assert.equal(await call(scratch.edge, 'job_for_settlement', { p_job_id: id }), null);
  assert.deepEqual(await tablesWith(id), left);
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('so many jobs at a time, until there are none, and once more is no error', async () => {
  const user = randomUUID();
  for (let nth = 0; nth < 5; nth += 1) await enqueue(scratch.edge, user);
  const steps = [];
  for (let nth = 0; nth < 4; nth += 1) steps.push(await erase(user, 2));
  assert.deepEqual(
    steps.map(({ jobs, jobs_left: left }) => [jobs, left]),
    [
      [2, 3],
      [2, 1],
      [1, 0],
      [0, 0],
    ],
  );
  assert.deepEqual(await erase(randomUUID()), { jobs: 0, assets: 0, projects: 0, api_keys: 0, jobs_left: 0 });
});

test('several at once delete each job once', async () => {
  const user = randomUUID();
  for (let nth = 0; nth < 6; nth += 1) await finished(user);
  await running(user);
  const answers = await Promise.all(Array.from({ length: 6 }, () => erase(user)));
  assert.equal(
    answers.reduce((sum, { jobs }) => sum + jobs, 0),
    7,
  );
  assert.deepEqual(await ledgerFaults(scratch.owner), []);
});

test('orders, claims and reports that are under way are before the deletion or after it, never half', async () => {
  const user = randomUUID();
  const project = randomUUID();
  const make = () =>
    call(scratch.edge, 'create_project', { p_user_id: user, p_project_id: project, p_max_projects: 10, p_title: 't' });
  await make();
  for (let round = 0; round < 12; round += 1) {
    const old = await running(user);
    const { version } = await jobRow(scratch.owner, old.id);
    const orders = Array.from({ length: 6 }, (_, nth) =>
      enqueue(scratch.edge, user, {
        p_num_assets: 1,
        p_retry_of: nth % 2 ? old.id : null,
        p_project_id: nth === 2 ? project : null,
        p_max_per_minute: 1e6,
      }).catch((error) => assert.equal(error.hint, 'not_found', error)),
    );
    const outcomes = await Promise.allSettled([
      ...orders,
      erase(user),
      call(scratch.edge, 'claim_job', claim()),
      call(scratch.edge, 'heartbeat_job', heartbeat(old.id, { ...old.fence, p_progress: 50 })),
      call(
        scratch.edge,
        'settle_job',
        settle(old.id, version, 'completed', {
          p_assets: [0, 1, 2].map((index) => asset(index, 'completed', `${user}/${old.id}/${index}`)),
        }),
      ),
      erase(user),
    ]);
    assert.deepEqual(
      outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => String(reason)),
      [],
    );
    const halves = await sql(
      `select job.id from public.jobs as job
       where job.user_id = $1 and (
         not exists (select from public.images where job_id = job.id)
         or job.completed_at is null and not exists (select from private.job_payloads where job_id = job.id)
         or not exists (select from public.job_events where job_id = job.id))`,
      user,
    );
    assert.deepEqual(halves, []);
    assert.deepEqual(await ledgerFaults(scratch.owner), []);
    await make();
  }
  await erase(user);
  assert.deepEqual(
    (await tablesWith(user)).filter((name) => ![...STAYS, KEYS].includes(name)),
    [],
  );
});
