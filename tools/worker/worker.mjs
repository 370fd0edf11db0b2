// `npm run worker -- build --cuda 13 [--cudnn]`: the GPU worker and its check for NVIDIA's GPUs, on a machine without one.
// `npm run worker -- kernels`: the PTX of our kernels anew.

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { childEnvironment } from '../stack/build/toolchain.mjs';
import { commandLine } from '../stack/processes/programs.mjs';
import { run } from '../stack/processes/run.mjs';
import { REPOSITORY_ROOT } from '../stack/settings/layout.mjs';
import { makeKernels } from './kernels.mjs';
import { MAJORS, prepareToolkit } from './toolkit.mjs';

const PROGRAMS = { 'ourvidz-gpu-worker': 'ourvidz-worker', 'ourvidz-engine-check': 'ourvidz-gpu-check' };
/** What can be brought to a machine that is reached by small files alone. */
const MOST_BYTES = 64 << 20;

await commandLine(async () => {
  const { values, positionals } = parseArgs({
    options: { cuda: { type: 'string', default: '13' }, cudnn: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (!MAJORS.includes(values.cuda)) {
    throw new Error(
      `--cuda ${values.cuda}: only ${MAJORS.join(', ')} has its compiler on PyPI; with a toolkit of your own, see docs/GPU.md`,
    );
  }
  const { nvcc, variables } = await prepareToolkit(values.cuda);
  if (positionals[0] === 'kernels') return makeKernels(nvcc);
  if (positionals[0] !== 'build') throw new Error('say build or kernels');
  await build(values.cudnn ? 'cudnn' : 'cuda', variables);
});

async function build(feature, variables) {
  const packages = Object.keys(PROGRAMS).flatMap((name) => ['--package', name]);
  const features = Object.keys(PROGRAMS).map((name) => `${name}/${feature}`);
  await run('cargo', ['build', '--release', '--locked', ...packages, '--features', features.join(',')], {
    cwd: REPOSITORY_ROOT,
    env: childEnvironment(variables),
  });
  const folder = path.join(process.env.CARGO_TARGET_DIR ?? path.join(REPOSITORY_ROOT, 'target'), 'release');
  for (const program of Object.values(PROGRAMS)) {
    const file = path.join(folder, program);
    await run('strip', [file]);
    const { size } = fs.statSync(file);
    console.log(`${file}: ${(size / 2 ** 20).toFixed(0)} MiB`);
    if (size > MOST_BYTES) console.log('  more than 64 MiB: pack it before it is brought to a machine');
  }
}
