// Ports for a stack that nobody chose ports for. That they are free says nothing a moment later, when another
// stack has looked too: so whoever takes some says so in a file, for as long as the process lives.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assertPortsFree, portsFrom } from '../settings/ports.mjs';

// Above the ports of a stack that somebody works with, below those that the system hands out.
const FIRST_BASE_PORT = 18_000;
const LAST_BASE_PORT = 30_000;
const BASE_PORT_STEP = 20;

/** A base port that is free and stays this process's own. */
export async function reserveBasePort() {
  for (let base = FIRST_BASE_PORT; base < LAST_BASE_PORT; base += BASE_PORT_STEP) {
    if (!reserve(base)) continue;
    const free = await assertPortsFree(portsFrom(base)).then(
      () => true,
      () => false,
    );
    if (free) return base;
    fs.rmSync(fileOf(base), { force: true });
  }
  throw new Error(`No free ports from ${FIRST_BASE_PORT} to ${LAST_BASE_PORT}.`);
}

const fileOf = (base) => path.join(os.tmpdir(), `ourvidz-ports-${base}`);

function reserve(base) {
  const file = fileOf(base);
  if (fs.existsSync(file) && !isHeld(file)) fs.rmSync(file, { force: true });
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  process.once('exit', () => fs.rmSync(file, { force: true }));
  return true;
}

/** Whether the process that wrote the file lives; one that is just writing it has not said its number yet. */
function isHeld(file) {
  const pid = Number(fs.readFileSync(file, 'utf8')) || process.pid;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
