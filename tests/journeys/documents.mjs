// The blocks of the documents: which test runs them as they stand there, and which nothing runs, and why.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The test that runs the `sh` blocks of a document, all but those of NOT_RUN. */
export const RUN_BY = {
  'CONTRIBUTING.md': 'tests/journeys/documents.test.mjs',
  'README.md': 'tests/journeys/documents.test.mjs',
  'docs/API.md': 'tests/journeys/documents.test.mjs',
  'docs/BY-HAND.md': 'tests/functions/by-hand.mjs',
  'docs/ENHANCE.md': 'tests/journeys/documents.test.mjs',
  'docs/MCP.md': 'tests/journeys/documents.test.mjs',
  'docs/MIGRATING.md': 'tests/journeys/documents.test.mjs',
  'docs/OPERATIONS.md': 'tests/journeys/documents.test.mjs',
  'shared/gpu-worker/README.md': 'tests/journeys/documents.test.mjs',
};

const ACCOUNTS = 'it changes a deployment, with accounts at Supabase and Cloudflare';
const WEIGHTS = 'it needs the weights of published models; tests/worker-models runs the same commands with tiny ones';
const CHANGING = 'it writes files of the repository, after a change that its reader makes';
const GPU = 'it needs a GPU and its compiler';
const UNENDING = 'it runs until it is stopped; every journey has the same program running';
const RELEASE = 'tests/journeys/release.test.mjs runs it in a copy of the repository';
const NESTED = 'it runs the tests, of which this is one';

/** Blocks that no test runs as they stand, each by its document and its first line. */
export const NOT_RUN = [
  { file: 'README.md', begins: 'npm start', why: `${UNENDING}, and npm test is what runs this` },
  { file: 'README.md', begins: 'npx supabase link', why: ACCOUNTS },
  { file: 'CONTRIBUTING.md', begins: 'npm test -- --only', why: NESTED },
  { file: 'docs/BY-HAND.md', begins: 'npm start -- --no-worker', why: UNENDING },
  { file: 'docs/FIRST-CHANGE.md', begins: 'UPDATE_SNAPSHOTS', why: CHANGING },
  { file: 'docs/FIRST-CHANGE.md', begins: 'cargo test', why: NESTED },
  { file: 'docs/OPERATIONS.md', begins: 'npx supabase link', why: ACCOUNTS },
  {
    file: 'docs/OPERATIONS.md',
    begins: 'npx supabase gen signing-key',
    why: 'it fetches a program of Supabase; tests/stack/keys.test.mjs makes the keys from a file as that one writes',
  },
  { file: 'docs/OPERATIONS.md', begins: 'npx supabase db push', why: ACCOUNTS },
  {
    file: 'docs/OPERATIONS.md',
    begins: 'npm run keys -- --worker',
    why: 'it reads the settings of a deployment; tests/journeys/enrolment.test.mjs enrols with those of the stack',
  },
  { file: 'docs/OPERATIONS.md', begins: 'npm run deploy', why: `${ACCOUNTS}; the dry run is a step of npm test` },
  { file: 'docs/OPERATIONS.md', begins: 'DATABASE_URL=', why: ACCOUNTS },
  {
    file: 'docs/OPERATIONS.md',
    begins: 'pg_dump',
    why: 'tests/sql/restore.test.mjs runs it with these flags, where the machine has pg_dump',
  },
  {
    file: 'docs/OPERATIONS.md',
    begins: 'psql',
    why: 'tests/sql/restore.test.mjs restores with these flags, into a server that has the role already',
  },
  { file: 'docs/RELEASING.md', begins: 'npm run release', why: RELEASE },
  { file: 'docs/RELEASING.md', begins: 'cargo metadata', why: `it changes the lock files; ${NESTED}` },
  { file: 'docs/RELEASING.md', begins: 'git push', why: 'it publishes' },
  { file: 'docs/GPU.md', begins: 'cargo build --release', why: `${GPU}; the step worker models builds the first` },
  { file: 'docs/GPU.md', begins: 'export WORKER_SDXL_WEIGHTS', why: WEIGHTS },
  {
    file: 'docs/GPU.md',
    begins: 'npm run keys -- --worker',
    why: `${GPU}; tests/stack/keys.test.mjs and several_devices run it with processors`,
  },
  { file: 'docs/GPU.md', begins: 'tools/worker/gpu-check.sh', why: GPU },
  { file: 'shared/gpu-worker/README.md', begins: 'cargo run -p ourvidz-gpu-worker -- run', why: UNENDING },
  { file: 'shared/gpu-worker/README.md', begins: 'cargo build -p', why: WEIGHTS },
  {
    file: 'tests/parity/README.md',
    begins: 'python3 -m venv',
    why: 'it installs torch, some gigabytes, to write fixtures that are committed',
  },
  {
    file: 'tools/stack/README.md',
    begins: 'node tools/stack/commands/backend.mjs up',
    why: 'the ports are fixed; tests/stack/restart.test.mjs runs the same commands on free ones',
  },
];

/** Every fenced block of a document: `{ language, text, line }`. Those in lists are moved to the left. */
export function fencedBlocks(file) {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(/^( *)```(.*)\n([\s\S]*?)^\1```$/gm)].map(([, indent, language, block, ...rest]) => ({
    language: language.trim(),
    text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: text.slice(0, rest[0]).split('\n').length,
  }));
}

/** Why no test runs a block; undefined where one does. */
export function reasonNotToRun(file, text) {
  return NOT_RUN.find((each) => each.file === file && text.startsWith(each.begins))?.why;
}

/** The `sh` blocks of a document that a test has to run, in their order. */
export function blocksToRun(file) {
  const commands = fencedBlocks(file).filter(({ language }) => language === 'sh');
  return commands.map(({ text }) => text).filter((text) => reasonNotToRun(file, text) === undefined);
}

/**
 * Runs the blocks of a document as one script, in a folder of its own, where npm and cargo find the project as they
 * would in it. Returns what bash did; `searchPath` goes before PATH.
 */
export function runBlocks(file, { searchPath = '' } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-documents-'));
  const script = [
    'set -euo pipefail',
    `npm() { command npm --prefix '${ROOT}' "$@"; }`,
    `cargo() { command cargo "$1" --manifest-path '${ROOT}/Cargo.toml' "\${@:2}"; }`,
    ...blocksToRun(file),
  ];
  const env = { ...process.env, PATH: [searchPath, process.env.PATH].filter(Boolean).join(path.delimiter) };
  const result = spawnSync('bash', ['-c', script.join('\n')], { cwd: folder, encoding: 'utf8', env });
  fs.rmSync(folder, { recursive: true });
  return result;
}
