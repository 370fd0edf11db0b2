// Python's packages for tests: virtual environments below build/, made once and again when their list changes.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

const INSTALL_MS = 300_000;

/**
 * The environment with what a list of versions names: `{ bin }` with the folder of its programs, or `{ missing }` with
 * the reason when it cannot be had here.
 */
export function pythonEnvironment(name, requirements) {
  const version = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(REPOSITORY_ROOT, 'build', `${name}-${version}`);
  const bin = path.join(folder, 'bin');
  const complete = path.join(folder, 'complete');
  if (fs.existsSync(complete)) return { bin };
  fs.rmSync(folder, { recursive: true, force: true });
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', folder],
    [path.join(bin, 'pip'), 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements],
  ]) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS });
    if (status === 0) continue;
    fs.rmSync(folder, { recursive: true, force: true });
    const reason = error?.message ?? stderr.trim().split('\n').at(-1);
    return { missing: `\`${[path.basename(command), ...args.slice(0, 2)].join(' ')}\` failed: ${reason}` };
  }
  fs.writeFileSync(complete, '');
  return { bin };
}

/** Leaves a test out where the machine has no network; one that decides about a change cannot do without it. */
export function skipWithout(context, missing) {
  if (process.env.CI) throw new Error(missing);
  context.skip(`not asked, because it could not be installed: ${missing}`);
}
