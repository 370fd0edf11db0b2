// CUDA's compiler without CUDA: from PyPI's wheels, in a folder of its own, on a machine that need have no GPU.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../stack/processes/run.mjs';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';
import { writeStandIns } from './delay-load.mjs';

/**
 * What cudarc 0.19 reads: it refuses a compiler that is newer than it knows. No libraries are among them, because the
 * program finds those of the machine that it runs on (delay-load.c).
 */
const WHEELS = {
  13: [
    'nvidia-cuda-nvcc==13.0.88',
    'nvidia-nvvm==13.0.88',
    'nvidia-cuda-crt==13.0.88',
    'nvidia-cuda-cccl==13.0.85',
    'nvidia-cuda-runtime==13.0.96',
  ],
};
const CUDARC_VERSION = { 13: '13000' };

export const MAJORS = Object.keys(WHEELS);

/** Installs what is missing; gives the toolkit's folder and the variables with which cargo builds. */
export async function prepareToolkit(major) {
  const folder = path.join(REPOSITORY_ROOT, 'build', `cuda-${major}`);
  const done = path.join(folder, 'wheels.txt');
  const wanted = WHEELS[major].join('\n');
  if (!fs.existsSync(done) || fs.readFileSync(done, 'utf8') !== wanted) {
    await run('python3', ['-m', 'venv', path.join(folder, 'venv')]);
    await run(path.join(folder, 'venv', 'bin', 'pip'), ['install', '--quiet', ...WHEELS[major]]);
    fs.writeFileSync(done, wanted);
  }
  const toolkit = findToolkit(path.join(folder, 'venv', 'lib'), major);
  return { toolkit, nvcc: path.join(toolkit, 'bin', 'nvcc'), variables: buildVariables(folder, toolkit, major) };
}

function findToolkit(lib, major) {
  const python = fs.readdirSync(lib).find((name) => name.startsWith('python3'));
  return path.join(lib, python, 'site-packages', 'nvidia', `cu${major}`);
}

function buildVariables(folder, toolkit, major) {
  const links = path.join(folder, 'lib');
  writeStandIns({ cudarc: sourceOf('cudarc'), major, folder: links });
  // The runtime asks for the driver itself, and says when there is none.
  const runtime = path.join(links, 'libcudart.a');
  fs.rmSync(runtime, { force: true });
  fs.symlinkSync(path.join(toolkit, 'lib', 'libcudart_static.a'), runtime);
  const nvcc = writeCompiler(folder, toolkit);
  const homes = ['CUDA_HOME', 'CUDA_PATH', 'CUDA_ROOT', 'CUDA_TOOLKIT_ROOT_DIR'];
  return {
    ...Object.fromEntries(homes.map((name) => [name, toolkit])),
    NVCC: nvcc,
    CUDA_COMPUTE_CAP: '80',
    CUDARC_CUDA_VERSION: CUDARC_VERSION[major],
    LIBRARY_PATH: links,
  };
}

/** nvcc that makes PTX where candle's build asks for one GPU's code: the driver compiles it for the one that is there. */
function writeCompiler(folder, toolkit) {
  const file = path.join(folder, 'nvcc');
  const lines = ['#!/usr/bin/env bash', `exec ${toolkit}/bin/nvcc "\${@/code=sm_80/code=compute_80}"`, ''];
  fs.writeFileSync(file, lines.join('\n'), { mode: 0o755 });
  return file;
}

/** Where cargo has the source of a crate. */
function sourceOf(name) {
  const all = ['--locked', '--features', 'ourvidz-gpu-worker/cudnn', '--filter-platform', 'x86_64-unknown-linux-gnu'];
  const metadata = execFileSync('cargo', ['metadata', '--format-version', '1', ...all], {
    cwd: REPOSITORY_ROOT,
    maxBuffer: 64 << 20,
  });
  const found = JSON.parse(metadata).packages.find((each) => each.name === name);
  return path.dirname(found.manifest_path);
}
