// Which crate may know which. The compiler enforces that a crate can't use what it does not depend
// on; this test enforces that nobody adds the dependency.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { list, ROOT, read } from './support.mjs';

const FUNCTIONS = list('functions');
// Functions are built as wasm modules only; these packages build the same sources for the simulation.
const SIMULATED = list('tests/simulation/handlers');

// Decisions below, runtimes above: nothing points downwards.
const MAY_DEPEND_ON = {
  'ourvidz-core': [],
  'ourvidz-rest': ['ourvidz-core'],
  'ourvidz-edge': ['ourvidz-core', 'ourvidz-rest'],
  'ourvidz-client': ['ourvidz-core'],
  'ourvidz-client-tokens': ['ourvidz-core'],
  // The models know tensors, and nothing of jobs, queues or the network.
  'ourvidz-engine-base': [],
  'ourvidz-engine-sdxl': ['ourvidz-engine-base', 'ourvidz-core'],
  'ourvidz-engine-wan': ['ourvidz-engine-base'],
  'ourvidz-engine-qwen': ['ourvidz-engine-base'],
  'ourvidz-gpu-worker': [
    'ourvidz-core',
    'ourvidz-rest',
    'ourvidz-engine-base',
    'ourvidz-engine-sdxl',
    'ourvidz-engine-wan',
    'ourvidz-engine-qwen',
  ],
  'ourvidz-model': ['ourvidz-core'],
  'ourvidz-simulation': ['ourvidz-core', 'ourvidz-rest', 'ourvidz-edge', 'ourvidz-model', ...SIMULATED.map(simulated)],
  xtask: [],
  ...Object.fromEntries(
    [...FUNCTIONS, ...SIMULATED.map(simulated)].map((name) => [name, ['ourvidz-core', 'ourvidz-rest', 'ourvidz-edge']]),
  ),
};

function simulated(name) {
  return `ourvidz-simulation-${name}`;
}

// What would bring I/O, a clock, randomness or a runtime into the crate that only decides.
const NOT_IN_CORE = [
  'worker',
  'js-sys',
  'web-sys',
  'wasm-bindgen',
  'wasm-bindgen-futures',
  'tokio',
  'getrandom',
  'reqwest',
  'ureq',
];

const metadata = JSON.parse(
  execFileSync(
    'cargo',
    ['metadata', '--format-version', '1', '--locked', '--filter-platform', 'wasm32-unknown-unknown'],
    {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  ),
);
const packages = new Map(metadata.packages.map((each) => [each.id, each]));
const members = metadata.workspace_members.map((id) => packages.get(id));

test('every crate of the workspace has its place', () => {
  assert.deepEqual(members.map(({ name }) => name).sort(), Object.keys(MAY_DEPEND_ON).sort());
});

for (const { name, dependencies } of members) {
  test(`${name} depends only on crates below it`, () => {
    const ours = dependencies.map((dependency) => dependency.name).filter((dependency) => dependency in MAY_DEPEND_ON);
    const forbidden = ours.filter((dependency) => dependency !== name && !MAY_DEPEND_ON[name].includes(dependency));
    assert.deepEqual(forbidden, []);
  });
}

test('the simulation builds each function with what the function itself is built with', () => {
  // Those of the tests too: whoever lints all targets of the workspace compiles them.
  const dependencies = (folder) => /^\[dependencies\][\s\S]*/m.exec(read(`${folder}/Cargo.toml`))[0].trimEnd();
  for (const name of SIMULATED) {
    assert.equal(dependencies(`tests/simulation/handlers/${name}`), dependencies(`functions/${name}`), name);
  }
});

test('only the edge crate and the functions know the runtime', () => {
  const knowing = members
    .filter(({ dependencies }) => dependencies.some(({ name }) => name === 'worker'))
    .map(({ name }) => name);
  const allowed = ['ourvidz-edge', ...FUNCTIONS, ...SIMULATED.map(simulated)];
  assert.deepEqual(
    knowing.filter((name) => !allowed.includes(name)),
    [],
  );
});

test('core brings no runtime, clock, randomness or network, not even through others', () => {
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id)) return;
    seen.add(id);
    // `kind` is null for what is compiled into the crate; tests and build scripts may use more.
    const compiledIn = nodes.get(id).deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null));
    for (const { pkg } of compiledIn) visit(pkg);
  };
  visit(members.find(({ name }) => name === 'ourvidz-core').id);
  const names = [...seen].map((id) => packages.get(id).name);
  assert.deepEqual(
    names.filter((name) => NOT_IN_CORE.includes(name)),
    [],
  );
});

test('core is no_std', () => {
  assert.match(read('shared/core/src/lib.rs'), /^#!\[(no_std|cfg_attr\(not\(test\), no_std\))\]/m);
});

test('every crate takes its lints from the workspace', () => {
  const manifests = members.map(({ manifest_path: file }) => file.slice(ROOT.length + 1));
  const without = manifests.filter((file) => !/\[lints\]\s+workspace = true/.test(read(file)));
  assert.deepEqual(without, []);
});
