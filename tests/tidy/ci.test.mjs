// What GitHub runs is what a person runs, with the same tools.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pinnedRust } from '../../tools/stack/build/rust-toolchain.mjs';
import { testPlan } from '../../tools/stack/testing/plan.mjs';
import { exists, list, read } from './support.mjs';

const plan = testPlan();
const workflow = read('.github/workflows/ci.yml');
const jobs = [...workflow.matchAll(/- part: (\w+)\n\s+steps: (.+)$/gm)].map(([, part, steps]) => ({
  part,
  steps: steps.split(','),
}));

test('.ci/run is what a newcomer types', () => {
  assert.match(read('.ci/run'), /^exec npm test$/m);
});

test('the jobs of the workflow together do every step, and no job one that does not exist', () => {
  assert.ok(jobs.length >= 2);
  assert.match(workflow, /run: npm test -- --only '\$\{\{ matrix\.steps \}\}'$/m);
  const names = plan.filter(({ asked }) => !asked).map(({ name }) => name);
  const done = new Set(jobs.flatMap(({ steps }) => steps));
  assert.deepEqual(
    names.filter((name) => !done.has(name)),
    [],
  );
  assert.deepEqual(
    [...done].filter((name) => !names.includes(name)),
    [],
  );
});

test('each job installs what its steps need', () => {
  const needed = plan.filter(({ required, slow }) => required && !slow).map(({ name }) => name);
  for (const { part, steps } of jobs) {
    assert.deepEqual(
      needed.filter((name) => !steps.includes(name)),
      [],
      part,
    );
  }
});

test('what the workflow for the documentation runs is a step', () => {
  const [, step] = /npm test -- --only (\w+)$/m.exec(read('.github/workflows/docs.yml')) ?? [];
  assert.ok(plan.some(({ name }) => name === step));
});

test('what is published comes from a tag, is built there and holds no secret', () => {
  const publish = read('.github/workflows/publish.yml');
  assert.match(publish, /^on:\n {2}push:\n {4}tags: \["v\*"\]$/m);
  assert.match(publish, /npm publish \.\/build\/client --provenance/);
  assert.match(publish, /id-token: write/);
  assert.doesNotMatch(publish, /secrets\.|actions\/cache/);
  const { scripts } = JSON.parse(read('package.json'));
  const commands = [...publish.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
  assert.deepEqual(
    commands.filter((name) => !(name in scripts)),
    [],
  );
});

test('the development container has the pinned Rust', () => {
  const { features } = JSON.parse(read('.devcontainer/devcontainer.json'));
  const [, rust] = Object.entries(features).find(([name]) => name.includes('/rust:'));
  assert.equal(rust.version, pinnedRust());
});

test('every action is pinned to a commit, with its version beside it', () => {
  const used = list('.github/workflows').flatMap((file) =>
    [...read(`.github/workflows/${file}`).matchAll(/uses: (.+)$/gm)].map(([, name]) => name),
  );
  assert.ok(used.length > 5);
  assert.deepEqual(
    used.filter((name) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/.test(name)),
    [],
  );
});

test('dependabot and the owners name folders that exist', () => {
  const directories = [...read('.github/dependabot.yml').matchAll(/directory: (\S+)/g)].map(([, folder]) => folder);
  const owned = [...read('.github/CODEOWNERS').matchAll(/^(\/\S+) @/gm)].map(([, folder]) => folder);
  assert.ok(directories.length > 3 && owned.length > 3);
  assert.deepEqual(
    [...directories, ...owned].filter((folder) => !exists(`.${folder}`)),
    [],
  );
});
