// What a deployment uploads, and how big it is.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../processes/run.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { childEnvironment } from './toolchain.mjs';

// What a function may take, script and module together. Each is a little above what it takes today, so that whatever
// creeps in is seen; the aim is 250 KB, and 450 for the one that carries a vocabulary.
const GZIP_BUDGET = new Map([
  ['api', 399_500],
  ['enhance-prompt', 532_000],
  ['job-callback', 295_000],
  ['mcp', 326_500],
  ['openai', 307_000],
  ['queue-job', 302_000],
]);
const GZIP_BUDGET_OF_OTHERS = 186_000;

/** Those of the measured bundles that are above their budget. */
export function aboveBudget(bundles) {
  return bundles.filter(({ name, gzip }) => gzip > (GZIP_BUDGET.get(name) ?? GZIP_BUDGET_OF_OTHERS));
}

/** Lets wrangler bundle a function as it would for Cloudflare, and measures it: `{ name, raw, gzip }`. */
export async function bundle({ name }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-bundle-'));
  try {
    const output = path.join(folder, 'out');
    const log = path.join(folder, 'log');
    await wrangler(['deploy', '--env', name, '--dry-run', '--outdir', output], { log }).catch((error) => {
      process.stderr.write(fs.readFileSync(log, 'utf8'));
      throw error;
    });
    return { name, ...measure(output) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the pinned wrangler in the repository. */
export function wrangler(args, options) {
  return run('wrangler', args, { cwd: REPOSITORY_ROOT, env: childEnvironment(), ...options });
}

/** The table that `npm run deploy -- --dry-run` prints. */
export function sizeTable(bundles) {
  const row = (name, raw, gzip) => `  ${name.padEnd(22)} ${raw.padStart(10)} ${gzip.padStart(10)}`;
  const number = (bytes) => bytes.toLocaleString('en-US');
  const rows = bundles.map(({ name, raw, gzip }) => row(name, number(raw), number(gzip)));
  return [row('function', 'bytes', 'gzip'), ...rows].join('\n');
}

// Only code is uploaded; wrangler also writes a README and source maps there.
function measure(folder) {
  const files = fs.readdirSync(folder).filter((file) => /\.(js|wasm)$/.test(file));
  if (!files.some((file) => file.endsWith('.wasm'))) throw new Error(`wrangler put no wasm into ${folder}`);
  const contents = files.map((file) => fs.readFileSync(path.join(folder, file)));
  const sum = (size) => contents.reduce((total, content) => total + size(content), 0);
  return { raw: sum((content) => content.length), gzip: sum((content) => gzipSync(content).length) };
}
