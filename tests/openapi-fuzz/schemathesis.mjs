// The tool itself: a virtual environment below build/, made once and again when the list of versions changes.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../tidy/support.mjs';

const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
const INSTALL_MS = 300_000;

/** `{ program }` with its path, or `{ missing }` with the reason when it cannot be had here. */
export function installSchemathesis() {
  const version = createHash('sha256').update(fs.readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = path.join(ROOT, 'build', `schemathesis-${version}`);
  const program = path.join(folder, 'bin', 'st');
  if (fs.existsSync(program)) return { program };
  fs.rmSync(folder, { recursive: true, force: true });
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', folder],
    [
      path.join(folder, 'bin', 'pip'),
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      REQUIREMENTS,
    ],
  ]) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS });
    if (status === 0) continue;
    fs.rmSync(folder, { recursive: true, force: true });
    const reason = error?.message ?? stderr.trim().split('\n').at(-1);
    return { missing: `\`${[path.basename(command), ...args.slice(0, 2)].join(' ')}\` failed: ${reason}` };
  }
  return { program };
}

/** Runs the program, which leaves notes where it runs, and resolves to its exit status and all that it said. */
export function run(program, args) {
  const child = spawn(program, args, {
    cwd: path.join(ROOT, 'build'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_PROXY: '127.0.0.1' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, said }));
  });
}
