// Every setting that the documents name exists, and every one that the code reads is explained.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stackEnvironment } from '../../tools/stack/settings/environment.mjs';
import { createKeys } from '../../tools/stack/settings/keys.mjs';
import { portsFrom } from '../../tools/stack/settings/ports.mjs';
import { knownSettings } from '../../tools/stack/settings/settings-file.mjs';
import { fencedBlocks } from '../journeys/documents.mjs';
import { publishedFiles, read } from './support.mjs';

const NAME = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g;
const WORKER_EXAMPLE = 'shared/gpu-worker/worker.example.toml';

// What other people's programs read, or say.
const FOREIGN = {
  'fal, of a request': ['IN_PROGRESS', 'IN_QUEUE'],
  'CUDA’s compiler and its crates': ['CUDA_COMPUTE_CAP'],
  'the loader': ['LD_LIBRARY_PATH'],
  'the database that somebody restores into': ['NEW_DATABASE_URL'],
  'the example clients': ['OURVIDZ_TOKEN', 'OURVIDZ_URL'],
};

// What our programs tell each other, and nobody sets by hand.
const INTERNAL = {
  'a run of the tests tells its tests': [
    'BENCH_JOBS',
    'BENCH_PART',
    'BENCH_TIMES',
    'BENCH_WAITING',
    'OURVIDZ_CONFORMANCE',
    'WORKER_BINARY',
  ],
  'cargo tells the build': [
    'CARGO_ENCODED_RUSTFLAGS',
    'CARGO_MANIFEST_DIR',
    'CARGO_PKG_VERSION',
    'CARGO_TARGET_TMPDIR',
  ],
  'other programs’ habits, followed': [
    'CARGO_HOME',
    'CARGO_TARGET_DIR',
    'RUSTUP_TOOLCHAIN',
    'XDG_CACHE_HOME',
    'NODE_ENV',
  ],
  'the stack alone': ['SUPABASE_SERVICE_ROLE_KEY'],
};

const documents = publishedFiles().filter(
  (file) => file.endsWith('.md') && file !== 'CHANGELOG.md' && !file.startsWith('docs/decisions/0'),
);
const { required, optional } = knownSettings();
const worker = [...read(WORKER_EXAMPLE).matchAll(/# ([A-Z][A-Z0-9_]+)$/gm)].map(([, name]) => name);
const stack = Object.keys(stackEnvironment(createKeys(), portsFrom('9000'), {}));

/** Variables that programs read by name: in JavaScript from an environment, in Rust from the process. */
function readByPrograms() {
  const sources = publishedFiles().filter((file) => /^(tools|tests|shared|functions)\/.*\.(mjs|js|rs)$/.test(file));
  return sources.flatMap((file) => {
    const text = read(file);
    const inRust = /\benv::var/.test(text) ? /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g : /(?!)()/g;
    const pattern = file.endsWith('.rs') ? inRust : /\b(?:env|environment)\.([A-Z][A-Z0-9_]+)\b/g;
    return [...text.matchAll(pattern)].map(([, name]) => name);
  });
}

const programs = readByPrograms().filter((name) => name.includes('_'));
const internal = Object.values(INTERNAL).flat();
const known = new Set([...required, ...optional, ...worker, ...stack, ...programs, ...Object.values(FOREIGN).flat()]);

/** Names that a document itself gives a value: in its commands and programs. */
function ownNames(file) {
  const assigned = fencedBlocks(file).flatMap(({ text }) => [
    ...text.matchAll(/(?:^|[\s;])(?:const )?([A-Z][A-Z0-9_]*) ?=(?!=)/g),
  ]);
  return new Set(assigned.map(([, name]) => name));
}

test('the settings were found', () => {
  assert.ok(required.length > 8 && optional.length > 10 && worker.length > 25 && stack.length > 15);
  assert.ok(
    programs.includes('UPDATE_SNAPSHOTS') && programs.includes('SIMULATION_SEED') && programs.includes('PG_BIN'),
  );
});

test('every setting that a document names exists', () => {
  const unknown = documents.flatMap((file) => {
    const own = ownNames(file);
    const named = [...new Set(read(file).match(NAME) ?? [])];
    return named.filter((name) => !known.has(name) && !own.has(name)).map((name) => `${file}: ${name}`);
  });
  assert.deepEqual(unknown, []);
});

test('every setting that the code reads is explained', () => {
  const explained = new Set(
    [...documents, '.dev.vars.example', WORKER_EXAMPLE].flatMap((file) => read(file).match(NAME) ?? []),
  );
  const silent = [...new Set([...required, ...optional, ...worker, ...stack, ...programs])].filter(
    (name) => !explained.has(name) && !internal.includes(name),
  );
  assert.deepEqual(silent, []);
});

test('every default of wrangler.toml is a setting', () => {
  const vars = [...read('wrangler.toml').matchAll(/^vars = \{(.+)\}$/gm)].flatMap(([, list]) => list.match(NAME) ?? []);
  assert.ok(vars.length > 8);
  assert.deepEqual(
    vars.filter((name) => !required.includes(name) && !optional.includes(name)),
    [],
  );
});

test('the settings that the operator’s book lists as needed are those without a default', () => {
  const row = read('docs/OPERATIONS.md').match(/^\| (.+) \| all; .+$/m)[1];
  const functions = row.match(NAME);
  assert.deepEqual([...functions, 'ADMIN_SECRET'].sort(), [...required].sort());
});

test('what is listed as internal or foreign is still there', () => {
  assert.deepEqual(
    internal.filter((name) => !programs.includes(name) && !stack.includes(name)),
    [],
  );
  const text = documents.map(read).join('\n');
  assert.deepEqual(
    Object.values(FOREIGN)
      .flat()
      .filter((name) => !text.includes(name)),
    [],
  );
});
