// `npm run bench`: what a request costs, measured on this machine, in parts that each get a stack of their own: beside
// the code that it replaces, with an empty queue and a long one, with a thousand and with a million jobs, for a sweep
// over 10,000 lost ones, and for 200 streams. Their numbers go to tests/bench/results.json. Build the functions before:
// `npm run build`.
//   npm run bench -- [beside] [waiting] [scale] [sweep] [streams] [core] [engines] [previews]

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modernNode } from '../../tools/stack/build/toolchain.mjs';
import { REPOSITORY_ROOT } from '../../tools/stack/settings/layout.mjs';

const RESULTS = path.join(import.meta.dirname, 'results.json');
const PARTS = ['beside', 'waiting', 'scale', 'sweep', 'streams'];
// What is decided before any backend is asked, what the engines' tiny models take, and a look at a real one's latents.
const CARGO = [
  ['core', '-p', 'ourvidz-core', '--bench', 'decisions'],
  ['engines', '-p', 'ourvidz-engine-sdxl', '-p', 'ourvidz-engine-wan', '--bench', 'tiny'],
  ['previews', '-p', 'ourvidz-engine-base', '--bench', 'latent_preview'],
];
const NAMES = [...PARTS, ...CARGO.map(([name]) => name)];
const INSIDE = process.env.BENCH_PART;

if (INSIDE) await measure(INSIDE);
else measureAll(process.argv.slice(2));

function measureAll(wanted) {
  const unknown = wanted.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no part "${unknown.join('", "')}". There are: ${NAMES.join(', ')}`);
    process.exit(2);
  }
  const chosen = wanted.length > 0 ? wanted : NAMES;
  for (const part of chosen.filter((name) => PARTS.includes(name))) {
    run(
      modernNode(),
      ['tools/stack/testing/with-stack.mjs', '--functions', '--', modernNode(), 'tests/bench/run.mjs'],
      { BENCH_PART: part },
    );
  }
  for (const [, ...bench] of CARGO.filter(([name]) => chosen.includes(name))) run('cargo', ['bench', ...bench]);
}

function run(program, args, env = {}) {
  const { status } = spawnSync(program, args, {
    cwd: REPOSITORY_ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}

async function measure(part) {
  console.log(`\n=== ${part}`);
  const measured = await (await import(`./${part}.mjs`))[part]({ note: (text) => console.log(`  ${text}`) });
  const before = fs.existsSync(RESULTS) ? JSON.parse(fs.readFileSync(RESULTS, 'utf8')) : {};
  const machine = { cpu: os.cpus()[0]?.model, node: process.version };
  fs.writeFileSync(
    RESULTS,
    `${JSON.stringify({ ...before, [part]: { at: new Date().toISOString(), machine, ...measured } }, null, 2)}\n`,
  );
  console.log(JSON.stringify(measured, null, 2));
}
