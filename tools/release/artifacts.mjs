// What a release consists of, as it was built: the functions, the client as npm packs it, the worker; and what they
// were made of.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { readFunctions } from '../stack/build/functions.mjs';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';
import { billOfMaterials, MATERIALS } from './materials.mjs';

const BUILD = path.join(REPOSITORY_ROOT, 'build');
const CLIENT = path.join(BUILD, 'client');

/** The worker that is released: with the preview engine; the one for a GPU is built on its machine. */
export const WORKER = process.env.WORKER_BINARY ?? path.join(REPOSITORY_ROOT, 'target', 'release', 'ourvidz-worker');

/** Copies every file of the release into a folder, and describes it: `{ name, bytes, sha256 }`. */
export function gather(folder, version) {
  const files = [...functionFiles(), { name: 'ourvidz-worker', source: WORKER }];
  const missing = [...files.map(({ source }) => source), CLIENT].filter((source) => !fs.existsSync(source));
  if (missing.length > 0) {
    const list = missing.map((source) => path.relative(REPOSITORY_ROOT, source)).join(', ');
    throw new Error(
      `not built: ${list}; \`npm run build\` and \`cargo build --release -p ourvidz-gpu-worker\` do that`,
    );
  }
  for (const { name, source } of files) copy(source, path.join(folder, name));
  fs.writeFileSync(path.join(folder, MATERIALS), billOfMaterials(REPOSITORY_ROOT, version));
  const names = [...files.map(({ name }) => name), packClient(folder), MATERIALS];
  return names.sort().map((name) => describe(folder, name));
}

function functionFiles() {
  return readFunctions().flatMap(({ name }) => {
    const source = path.join(BUILD, name);
    const files = fs.existsSync(source) ? fs.readdirSync(source).filter((file) => /\.(js|wasm)$/.test(file)) : [];
    // A folder without files is reported as missing, by its entry.
    return (files.length > 0 ? files : ['index.js']).map((file) => ({
      name: `${name}/${file}`,
      source: path.join(source, file),
    }));
  });
}

function packClient(folder) {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', CLIENT, '--json', '--pack-destination', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack: ${stderr}`);
  return JSON.parse(stdout)[0].filename;
}

function copy(source, target) {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(source, target);
}

function describe(folder, name) {
  const content = fs.readFileSync(path.join(folder, name));
  return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}
