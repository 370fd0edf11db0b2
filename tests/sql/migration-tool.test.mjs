// `npm run migration`: what changes in the sources becomes a migration, and an older database becomes the new one by it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { lintMigrations } from '../../tools/database/lint.mjs';
import { checkMigrations, writeMigration } from '../../tools/database/migration.mjs';
import { withScratch } from '../../tools/database/scratch.mjs';
import { readSources, SUPABASE } from '../../tools/database/sources.mjs';
import { readMigrations } from '../../tools/stack/backends/postgres/migrations.mjs';
import { required } from './support/scratch.mjs';

const URL_OF_DATABASE = required('DATABASE_URL');
// Later than any migration there is.
const LATER = new Date('2999-01-01T00:00:00Z');

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-migration-'));
});
beforeEach(() => fs.cpSync(SUPABASE, folder, { recursive: true }));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const source = (name) => path.join(folder, 'schemas', name);

/** Changes a source of the copy. */
function edit(name, from, to) {
  const text = fs.readFileSync(source(name), 'utf8');
  assert.ok(text.includes(from), `${name} has no ${from}`);
  fs.writeFileSync(source(name), text.replace(from, to));
}

/** Writes the migration of the copy's changes; the next test begins without it. */
async function migration(context) {
  const said = await writeMigration(URL_OF_DATABASE, folder, 'what-changed', LATER);
  const file = path.join(folder, 'migrations', '29990101000000_what_changed.sql');
  context.after(() => {
    fs.rmSync(file, { force: true });
    fs.rmSync(path.join(folder, 'schemas'), { recursive: true });
  });
  return { said, sql: fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null };
}

test('unchanged sources need no migration', async (context) => {
  const { said, sql } = await migration(context);
  assert.match(said, /Nothing changed/);
  assert.equal(sql, null);
});

test('with no migration at all, all sources are the first', async (context) => {
  fs.rmSync(path.join(folder, 'migrations'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'migrations'));
  const { sql } = await migration(context);
  for (const { name, sql: text } of readSources(folder)) assert.ok(sql.includes(text.trim()), name);
  await checkMigrations(URL_OF_DATABASE, folder);
});

test('a body that changed is replaced, and nothing else is touched', async (context) => {
  edit('foundation/readable_duration.sql', "' seconds'", "' s'");
  await assert.rejects(
    checkMigrations(URL_OF_DATABASE, folder),
    /not the same: function private\.readable_duration\(bigint\)/,
  );
  const { sql } = await migration(context);
  assert.match(sql, /\n\ncreate or replace function private\.readable_duration/);
  assert.equal(sql.match(/^create/gm).length, 1);
});

test('parameters, columns, indexes, policies, grants, triggers, views and comments that changed', async (context) => {
  // Another parameter makes another function: the old one goes, and the new one is closed to everybody again.
  edit('library/delete_asset.sql', 'p_asset_id uuid)', 'p_asset_id uuid, p_reason text default null)');
  edit('submit/lock_key.sql', 'p_key text) returns void', 'p_key text) returns boolean');
  edit(
    'submit/lock_key.sql',
    "perform set_config('lock_timeout', v_before, true);",
    "perform set_config('lock_timeout', v_before, true);\n  return true;",
  );
  edit(
    'projects/tables/projects.sql',
    'updated_at timestamptz not null default now()',
    "updated_at timestamptz not null default now(),\n  colour text not null default 'red' check (colour <> '')",
  );
  edit('projects/tables/projects.sql', 'between 1 and 200', 'between 1 and 300');
  edit(
    'projects/tables/projects.sql',
    'create index projects_of_user',
    'create index projects_by_title on public.projects (title);\ncreate index projects_of_user',
  );
  edit('projects/tables/projects.sql', 'grant select on', 'grant select (id, title) on');
  edit('projects/tables/projects.sql', 'using (user_id =', "using (title <> '' and user_id =");
  edit('jobs/tables/job_errors.sql', 'create index job_errors_of_job on private.job_errors (job_id, id);', '');
  edit('jobs/tables/images.sql', 'guard before update on public.images', 'guard before insert on public.images');
  edit('jobs/tables/videos.sql', 'video_url text,', "video_url text default '',");
  edit('jobs/tables/job_errors.sql', "'What workers said", "'What any worker''s report said");
  edit('workers/views/workers.sql', 'state, paused', 'paused, state');
  edit('leases/tables/leases.sql', 'fillfactor = 50', 'fillfactor = 60');
  edit('realtime.sql', ', public.videos', '');
  fs.writeFileSync(
    source('projects/tables/labels.sql'),
    `-- What an owner calls a project.
create table public.labels (
  project_id uuid primary key references public.projects (id),
  label text not null
);

create trigger guard before insert on public.labels for each row execute function private.guard_label();

alter table public.labels enable row level security;
revoke all on table public.labels from public, anon, authenticated, service_role;
grant select on public.labels to authenticated;
`,
  );
  fs.mkdirSync(source('projects/triggers'), { recursive: true });
  fs.writeFileSync(
    source('projects/triggers/guard_label.sql'),
    `create function private.guard_label() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  return new;
end
$$;
`,
  );
  fs.rmSync(source('prompts/enhancement_statistics.sql'));

  const { said, sql } = await migration(context);
  // Whatever was written was tried, and made what the sources say.
  assert.ok(said.endsWith('_what_changed.sql'), said);
  assert.match(sql, /^drop function public\.delete_asset\(uuid,uuid\);$/m);
  assert.match(sql, /^revoke all on function public\.delete_asset from public, anon, authenticated, service_role;$/m);
  assert.match(sql, /not valid;\nalter table public\.projects validate constraint/);
  assert.ok(sql.endsWith('call private.close();\n'));
});

test('a migration that keeps others waiting is found, and one that does not is not', async (context) => {
  edit(
    'projects/tables/projects.sql',
    'updated_at timestamptz not null default now()',
    "updated_at timestamptz not null default now(),\n  colour text not null default 'red'",
  );
  edit('foundation/readable_duration.sql', "' seconds'", "' s'");
  await migration(context);
  await lintMigrations(folder);
  const file = path.join(folder, 'migrations', '29990101000000_what_changed.sql');
  for (const waiting of [
    'create index x on public.jobs (prompt);',
    'alter table public.jobs alter prompt type varchar;',
  ]) {
    fs.appendFileSync(file, `${waiting}\n`);
    await assert.rejects(lintMigrations(folder), waiting);
  }
});

test('what could lose data, and what only a person can know, is for a person to decide', async (context) => {
  edit('jobs/tables/job_errors.sql', '  error_code text,\n', '');
  edit('projects/tables/projects.sql', 'character_id uuid', 'character_id text');
  fs.rmSync(source('library/tables/deleted_assets.sql'));
  edit('jobs/tables/videos.sql', 'title text', 'title text not null');
  edit('queues/tables/expected_times.sql', 'size.milliseconds from', 'size.milliseconds + 1 from');

  const { said, sql } = await migration(context);
  assert.match(said, /: 5 to decide/);
  for (const question of [
    'column private.job_errors.error_code is no longer in the sources',
    'public.projects.character_id is another',
    'table private.deleted_assets is no longer in the sources',
    'is public.videos.title null in rows that exist?',
    'the rows that a new database has in private.expected_times are others',
  ]) {
    assert.ok(sql.includes(`-- Decide: ${question}`), question);
  }
  const files = readMigrations(path.join(folder, 'migrations'));
  const undecided = files.map(({ fileName, sql: text }) => ({ name: fileName, sql: text }));
  await assert.rejects(
    withScratch(URL_OF_DATABASE, undecided, () => {}),
    /29990101000000_what_changed\.sql: undecided: /,
  );
});
