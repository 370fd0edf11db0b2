// `npm run release`: makes the commit and the tag of a release, here and nowhere else. docs/RELEASING.md tells the rest.
//   --dry-run   shows what would be made from what is built; writes to a temporary folder alone, which is removed
//   --built     takes what is built, instead of building it

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildClient, buildFunctions, buildReleasedWorker, buildXtask } from '../stack/build/cargo.mjs';
import { commandLine } from '../stack/processes/programs.mjs';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';
import { gather } from './artifacts.mjs';
import { migrationNotes, released, tagMessage, unreleased } from './notes.mjs';
import { git, lastRelease, migrationsSince, obstacles } from './repository.mjs';
import { isAfter, oneVersion } from './version.mjs';

const CHANGELOG = path.join(REPOSITORY_ROOT, 'CHANGELOG.md');

await commandLine(async () => {
  const { values: flags } = parseArgs({ options: { 'dry-run': { type: 'boolean' }, built: { type: 'boolean' } } });
  const problems = obstacles();
  if (!flags['dry-run']) {
    refuse(problems);
    if (!flags.built) await build();
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-release-'));
  try {
    const release = prepare(folder);
    show(release);
    if (flags['dry-run']) refuse(problems);
    else make(release, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

async function build() {
  await buildXtask();
  await buildFunctions({ release: true });
  await buildClient({ release: true });
  await buildReleasedWorker();
}

/** Everything that a release is made of; what it copies goes into the folder. */
function prepare(folder) {
  const version = oneVersion(REPOSITORY_ROOT);
  const last = lastRelease();
  if (last !== null && !isAfter(version, last)) {
    throw new Error(
      `version ${version} does not come after ${last}, which is released: raise it, as RELEASING.md says`,
    );
  }
  const changelog = fs.readFileSync(CHANGELOG, 'utf8');
  const section = unreleased(changelog);
  const notes = migrationNotes(migrationsSince(last));
  const artifacts = gather(folder, version);
  const day = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  return {
    version,
    changelog: released(changelog, version, day),
    artifacts,
    message: tagMessage({ version, section, notes, artifacts }),
  };
}

function show({ version, message }) {
  console.log(`tag v${version}\n\n${message.replaceAll(/^(?=.)/gm, '    ')}\n`);
}

function refuse(problems) {
  if (problems.length === 0) return;
  throw new Error(`This cannot be released:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}

function make({ version, changelog, artifacts, message }, folder) {
  const target = path.join(REPOSITORY_ROOT, 'build', 'release', version);
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(folder, target, { recursive: true });
  const sums = artifacts.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
  fs.writeFileSync(path.join(target, 'SHA256SUMS'), sums);
  fs.writeFileSync(CHANGELOG, changelog);
  git('commit', '--quiet', '--message', `release: Make version ${version}`, '--', CHANGELOG);
  git('tag', '--annotate', '--cleanup=verbatim', '--message', message, `v${version}`);
  console.log(`The files are in ${path.relative(REPOSITORY_ROOT, target)}. Nothing has left this machine; to publish:`);
  console.log(`  git push origin main v${version}`);
}
