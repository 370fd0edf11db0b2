// One stack folder, one running stack. The lock is a file that names the process that holds it;
// a lock whose process is gone is taken over.

import fs from 'node:fs';
import { processIdentity, stillRuns } from './identity.mjs';

/** Takes the stack's folder for this process. Fails when a living process holds it. */
export function lockStack(layout, ports) {
  const mine = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid), port: ports.web });
  const holder = runningStack(layout);
  if (holder) {
    throw new Error(
      `A stack is already running on ${layout.root} (process ${holder.pid}, PORT=${holder.port}). ` +
        'Stop it with Ctrl-C, or start a second one beside it: ' +
        `PORT=${holder.port + 100} OURVIDZ_DIR=.ourvidz-2 npm start`,
    );
  }
  // Remove, then create exclusively: of two processes that start at the same moment one fails here.
  // (In the last unlucky case both get through, and the ports stop the second one.)
  fs.rmSync(layout.stackFile, { force: true });
  fs.writeFileSync(layout.stackFile, mine, { flag: 'wx', mode: 0o600 });
}

/** Gives the folder back. */
export function unlockStack(layout) {
  if (runningStack(layout)?.pid === process.pid) fs.rmSync(layout.stackFile, { force: true });
}

/** `{ pid, port }` of the living process that runs this stack, or null. */
export function runningStack(layout) {
  try {
    const { pid, identity, port } = JSON.parse(fs.readFileSync(layout.stackFile, 'utf8'));
    return stillRuns({ pid, identity }) ? { pid, port } : null;
  } catch {
    return null;
  }
}
