// Outlives the process that runs a stack, to stop what that one left behind when it was killed without a chance to
// do it itself: `node guardian.mjs FOLDER`, with a pipe from that process as standard input. The pipe closes whenever
// the process ends, however it ends.

import { layoutAt } from '../settings/layout.mjs';
import { runningStack } from './lock.mjs';
import { stopLeftovers } from './processes.mjs';

// Ctrl-C reaches everybody at the terminal; we wait for our own sign.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});

const layout = layoutAt(process.argv[2]);
const starter = process.ppid;
process.stdin.resume();
process.stdin.once('end', () => {
  // A new start has the folder already, and has cleaned up. The one that is ending closes its pipes first, and may be
  // seen to run a moment longer.
  const running = runningStack(layout);
  if (!running || running.pid === starter) void stopLeftovers(layout);
});
