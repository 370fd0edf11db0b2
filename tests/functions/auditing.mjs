// The operator's audit as a command, for tests.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const COMMAND = path.resolve(import.meta.dirname, '../../tools/stack/commands/audit.mjs');
const run = promisify(execFile);

/** `{ status, findings, summary }`; what is young is looked at, too, unless `flags` say otherwise. */
export async function audit({ flags = [], settings = {} } = {}) {
  const { code, stdout, stderr } = await run(process.execPath, [COMMAND, '--older-than', '0', ...flags], {
    env: { ...process.env, ...settings },
  }).then(
    (streams) => ({ code: 0, ...streams }),
    (error) => error,
  );
  const findings = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t').slice(0, 2).join(' '));
  return { status: code, findings, summary: stderr.trim() };
}
