// `npm run release` in a copy of the repository: the rehearsal changes nothing, the release makes a commit and a tag.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { publishedFiles, ROOT } from '../tidy/support.mjs';

const VERSION = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version;
const WORKER = process.env.WORKER_BINARY ?? path.join(ROOT, 'target', 'debug', 'ourvidz-worker');

let folder;
let copy;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-release-'));
  copy = path.join(folder, 'repository');
  for (const file of publishedFiles()) {
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(copy, file));
  }
  // Another step of the tests keeps programs of its own there, and may be installing them.
  const filter = (file) => !path.basename(file).startsWith('schemathesis');
  fs.cpSync(path.join(ROOT, 'build'), path.join(copy, 'build'), { recursive: true, filter });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  fs.appendFileSync(path.join(copy, '.gitignore'), '/node_modules\n');
  git('init', '--quiet', '--initial-branch', 'main');
  commit('everything');
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

function command(program, ...args) {
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const env = { ...process.env, ...person, ...committer, WORKER_BINARY: WORKER, TMPDIR: folder };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

function git(...args) {
  const { status, stdout, stderr } = command('git', ...args);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

function commit(text) {
  git('add', '--all');
  git('commit', '--quiet', '--message', text);
}

const release = (...flags) => command('npm', 'run', '--silent', 'release', '--', ...flags);
const changelog = () => fs.readFileSync(path.join(copy, 'CHANGELOG.md'), 'utf8');

/** What the test run of the copy would note. */
function noteTested() {
  fs.writeFileSync(path.join(copy, '.git', 'ourvidz-tested'), git('rev-parse', 'HEAD'));
}

/** Every file of the copy with its time, and what git knows; git's own folder it may touch. */
function state() {
  const files = fs.readdirSync(copy, { recursive: true }).filter((file) => !/^(\.git|node_modules)(\/|$)/.test(file));
  const times = files.map((file) => `${file} ${fs.lstatSync(path.join(copy, file)).mtimeMs}`).sort();
  return { times, refs: git('for-each-ref'), status: git('status', '--porcelain') };
}

test('a commit that the tests have not passed on is not released', () => {
  for (const flags of [['--built'], ['--dry-run']]) {
    const { status, stderr } = release(...flags);
    assert.equal(status, 1);
    assert.match(stderr, /tests have not passed on this commit[^\n]*`npm test`/);
  }
});

test('the rehearsal shows the release and changes nothing', () => {
  noteTested();
  const earlier = state();
  const { status, stdout, stderr } = release('--dry-run');
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(`^tag v${VERSION}$`, 'm'));
  assert.match(stdout, /### Added/);
  assert.match(stdout, /^ {4}- \d{14}_\w+/m);
  for (const name of [
    'queue-job/index.js',
    'sweep/index.js',
    `ourvidz-client-${VERSION}.tgz`,
    'ourvidz-worker',
    'ourvidz.cdx.json',
  ]) {
    assert.match(stdout, new RegExp(`^ {4}[0-9a-f]{64} {2}${name} \\(\\d+ bytes\\)$`, 'm'), name);
  }
  assert.deepEqual(state(), earlier);
  // Node and npm keep caches beside it.
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => name.startsWith('ourvidz-')),
    [],
  );
});

test('changes, another branch, and versions that differ stop it', () => {
  const file = path.join(copy, 'README.md');
  const text = fs.readFileSync(file);
  fs.appendFileSync(file, '\n');
  assert.match(release('--dry-run').stderr, /changes that are not committed/);
  fs.writeFileSync(file, text);

  git('switch', '--quiet', '--create', 'other');
  assert.match(release('--dry-run').stderr, /the branch other, not main/);
  git('switch', '--quiet', 'main');

  const manifest = path.join(copy, 'shared/client/package.json');
  const own = fs.readFileSync(manifest, 'utf8');
  fs.writeFileSync(manifest, own.replace(`"version": "${VERSION}"`, '"version": "9.9.9"'));
  assert.match(release('--dry-run').stderr, /shared\/client\/package\.json \(9\.9\.9\)/);
  fs.writeFileSync(manifest, own);
});

test('the release is a commit, a tag and a folder of files, and the same version is not released twice', () => {
  const { status, stdout, stderr } = release('--built');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Nothing has left this machine/);
  assert.equal(git('status', '--porcelain'), '');
  assert.equal(git('diff', '--name-only', 'HEAD~1'), 'CHANGELOG.md');
  assert.match(changelog(), new RegExp(`^## Unreleased\n\n## ${VERSION} - \\d{4}-\\d\\d-\\d\\d\n\n### Added`, 'm'));
  const message = git('tag', '--list', '--format=%(contents)', `v${VERSION}`);
  assert.match(message, /^### Added/m);
  assert.match(message, /^Files$/m);
  const files = path.join(copy, 'build', 'release', VERSION);
  const checked = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: files, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr + checked.stdout);

  noteTested();
  assert.match(release('--dry-run').stderr, new RegExp(`${VERSION} does not come after ${VERSION}`));
});

test('the bill of materials is CycloneDX and names what the lock files do', async () => {
  const text = fs.readFileSync(path.join(copy, 'build', 'release', VERSION, 'ourvidz.cdx.json'), 'utf8');
  assert.equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text), null);
  const { metadata, components } = JSON.parse(text);
  assert.deepEqual([metadata.component.name, metadata.component.version], ['ourvidz-edge', VERSION]);
  const names = components.map(({ purl }) => purl.replace(/@[^@]+$/, ''));
  for (const name of ['pkg:cargo/worker', 'pkg:cargo/candle-core', 'pkg:npm/wrangler']) {
    assert.ok(names.includes(name), name);
  }
  const crates = components.filter(({ purl }) => purl.startsWith('pkg:cargo/'));
  const lock = fs.readFileSync(path.join(copy, 'Cargo.lock'), 'utf8');
  for (const { purl, hashes, licenses } of crates) assert.ok(lock.includes(hashes[0].content) && licenses, purl);
  assert.ok(components.filter(({ purl }) => purl.startsWith('pkg:npm/')).every(({ scope }) => scope === 'excluded'));
});

test('the next release tells of what came since', () => {
  const next = VERSION.replace(/\d+$/, (patch) => Number(patch) + 1);
  for (const file of [
    'Cargo.toml',
    'Cargo.lock',
    'package.json',
    'package-lock.json',
    'shared/client/package.json',
    'docs/openapi.json',
  ]) {
    const text = fs.readFileSync(path.join(copy, file), 'utf8');
    // Crates of others have the same version by chance, and a source.
    const own = file === 'Cargo.lock' ? new RegExp(`"${VERSION}"(?!\nsource)`, 'g') : `"${VERSION}"`;
    fs.writeFileSync(path.join(copy, file), text.replaceAll(own, `"${next}"`));
  }
  fs.writeFileSync(path.join(copy, 'supabase/migrations/29990101000000_more.sql'), '-- Adds\n-- more.\nselect 1;\n');
  commit('raise the version');
  noteTested();
  assert.match(release('--dry-run').stderr, /nothing under "## Unreleased"/);

  fs.writeFileSync(
    path.join(copy, 'CHANGELOG.md'),
    changelog().replace('## Unreleased\n', '## Unreleased\n\n### Fixed\n\n- A thing.\n'),
  );
  commit('fix a thing');
  noteTested();
  const { status, stdout, stderr } = release('--dry-run');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /### Fixed\n\n {4}- A thing\.\n\n {4}Database\n {4}- 29990101000000_more: Adds more\.\n\n/);
});
