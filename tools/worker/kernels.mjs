// The PTX of our kernels, beside their sources: made by hand when a source changes, and committed, so that a build needs
// no step for it. Its first line names the sources that it was made of.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';

const FOLDER = path.join(REPOSITORY_ROOT, 'shared', 'engines', 'base', 'kernels');
/** Each module: what it is made of, and the least GPU that runs it. */
const MODULES = {
  flash: { sources: ['device.cuh', 'flash.cuh', 'flash.cu'], target: 'compute_80' },
  rows: { sources: ['device.cuh', 'rows.cuh', 'rows.cu'], target: 'compute_80' },
  flash_hopper: {
    sources: ['device.cuh', 'hopper.cuh', 'flash.cuh', 'flash_hopper.cuh', 'flash_hopper.cu'],
    target: 'compute_90a',
  },
};

/** FNV-1a of 64 bits over the bytes of all files, one after the other. */
export function fingerprint(buffers) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.concat(buffers)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** Makes all of them with `nvcc`. */
export function makeKernels(nvcc) {
  for (const [name, { sources, target }] of Object.entries(MODULES)) {
    const file = path.join(FOLDER, `${name}.ptx`);
    const source = path.join(FOLDER, `${name}.cu`);
    execFileSync(nvcc, ['-O3', '-std=c++17', `-arch=${target}`, '--ptx', '-o', file, source], { stdio: 'inherit' });
    const made = fs.readFileSync(file, 'utf8');
    const from = fingerprint(sources.map((each) => fs.readFileSync(path.join(FOLDER, each))));
    fs.writeFileSync(file, `// sources ${from}\n${made}`);
    console.log(`${path.relative(REPOSITORY_ROOT, file)}: ${made.length} bytes, sources ${from}`);
  }
}
