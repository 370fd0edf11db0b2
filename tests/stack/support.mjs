// What several tests of the local stack need: a folder and ports of their own.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { layoutAt, makeDataFolders, makeRunFolder } from '../../tools/stack/settings/layout.mjs';
import { accepts, portsFrom } from '../../tools/stack/settings/ports.mjs';

// Far from the default port, and below what with-stack.mjs reserves for stacks that run beside.
const FIRST_BASE = 12_000;
const BASES = 590;
const DISTANCE = 10;

/** A new folder; the test removes it. Postgres may have to enter it as another user. */
export function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-test-'));
  fs.chmodSync(folder, 0o755);
  return folder;
}

export function removeFolder(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** The layout of an empty stack in a folder of its own, with the folders made. */
export function temporaryLayout() {
  const layout = layoutAt(path.join(temporaryFolder(), 'stack'));
  makeRunFolder(layout);
  makeDataFolders(layout);
  return layout;
}

/** Ports that nothing listens on. Test files run side by side, so the search begins anywhere. */
export async function freePorts() {
  for (;;) {
    const ports = portsFrom(FIRST_BASE + DISTANCE * Math.floor(Math.random() * BASES));
    const taken = await Promise.all(Object.values(ports).map(accepts));
    if (!taken.includes(true)) return ports;
  }
}
