// Which crate may know which. The compiler enforces that a crate can't use what it does not depend
// on; this test enforces that nobody adds the dependency.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { linesMatching, list, publishedFiles, ROOT, read } from './support.mjs';

const FUNCTIONS = list('functions');

// What decides, without a runtime, a clock, randomness or a network. Each of the first four can be used by itself.
const RULES = ['ourvidz-values', 'ourvidz-policy', 'ourvidz-prompts', 'ourvidz-sign', 'ourvidz-core'];
const AT_THE_EDGE = [...RULES, 'ourvidz-rest', 'ourvidz-edge'];
const ENGINES = ['ourvidz-engine-sdxl', 'ourvidz-engine-wan', 'ourvidz-engine-qwen'];

// Decisions below, runtimes above: nothing points downwards.
const MAY_DEPEND_ON = {
  'ourvidz-values': [],
  'ourvidz-policy': [],
  'ourvidz-prompts': [],
  'ourvidz-sign': ['ourvidz-values'],
  'ourvidz-core': ['ourvidz-values', 'ourvidz-policy', 'ourvidz-prompts', 'ourvidz-sign'],
  'ourvidz-rest': RULES,
  'ourvidz-edge': [...RULES, 'ourvidz-rest'],
  'ourvidz-runtime': AT_THE_EDGE,
  'ourvidz-client': RULES,
  'ourvidz-client-tokens': ['ourvidz-prompts'],
  // The models know tensors, and nothing of jobs, queues or the network.
  'ourvidz-engine-base': [],
  'ourvidz-engine-sdxl': ['ourvidz-engine-base', 'ourvidz-prompts'],
  'ourvidz-engine-wan': ['ourvidz-engine-base'],
  'ourvidz-engine-qwen': ['ourvidz-engine-base'],
  // A program that measures all of them.
  'ourvidz-engine-check': ['ourvidz-engine-base', ...ENGINES],
  'ourvidz-gpu-worker': [...RULES, 'ourvidz-engine-base', ...ENGINES],
  'ourvidz-model': RULES,
  'ourvidz-simulation': [...AT_THE_EDGE, 'ourvidz-model', ...FUNCTIONS],
  xtask: [],
  ...Object.fromEntries(FUNCTIONS.map((name) => [name, [...AT_THE_EDGE, 'ourvidz-runtime']])),
};

// What would bring I/O, a clock, randomness or a runtime into what only decides.
const NOT_IN_RULES = [
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

const RUNTIME = ['ourvidz-runtime', 'worker', 'js-sys', 'web-sys', 'wasm-bindgen', 'wasm-bindgen-futures'];
const MAY_NAME_IT = ['ourvidz-runtime', 'ourvidz-client', 'ourvidz-client-tokens'];

test('of what runs at the edge, only the runtime crate and the entries of functions name the runtime', () => {
  const named = members
    .filter(({ name }) => !MAY_NAME_IT.includes(name))
    .flatMap(({ name, dependencies }) =>
      dependencies.filter((each) => RUNTIME.includes(each.name)).map((each) => `${name}: ${each.name} ${each.target}`),
    );
  const entries = FUNCTIONS.flatMap((name) =>
    ['ourvidz-runtime', 'worker'].map((each) => `${name}: ${each} cfg(target_arch = "wasm32")`),
  );
  assert.deepEqual(named.sort(), entries.sort());
  const handlers = publishedFiles().filter(
    (file) => /^functions\/.*\.rs$/.test(file) && !file.endsWith('/src/entry.rs'),
  );
  assert.ok(handlers.length > FUNCTIONS.length);
  assert.deepEqual(linesMatching(/\b(worker::|ourvidz_runtime\b)/, handlers), []);
});

test('the rules bring no runtime, clock, randomness or network, not even through others', () => {
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id)) return;
    seen.add(id);
    // `kind` is null for what is compiled into the crate; tests and build scripts may use more.
    const compiledIn = nodes.get(id).deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null));
    for (const { pkg } of compiledIn) visit(pkg);
  };
  for (const { id } of members.filter(({ name }) => RULES.includes(name))) visit(id);
  const names = [...seen].map((id) => packages.get(id).name);
  assert.deepEqual(
    names.filter((name) => NOT_IN_RULES.includes(name)),
    [],
  );
});

for (const name of RULES) {
  test(`${name} is no_std`, () => {
    assert.match(read(`shared/${name.replace('ourvidz-', '')}/src/lib.rs`), /^#!\[no_std\]/m);
  });
}

test('every crate takes its lints from the workspace', () => {
  const manifests = members.map(({ manifest_path: file }) => file.slice(ROOT.length + 1));
  const without = manifests.filter((file) => !/\[lints\]\s+workspace = true/.test(read(file)));
  assert.deepEqual(without, []);
});
