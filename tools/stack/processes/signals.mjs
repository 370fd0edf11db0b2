// Ending in order when somebody asks for it, or when whoever started us is gone.

import { parentOf, processIdentity, stillRuns } from './identity.mjs';

// Ctrl-C, a polite kill, and the terminal that is closed.
const SIGNALS = Object.freeze(['SIGINT', 'SIGTERM', 'SIGHUP']);
// Nobody waits for this end, so it may be noticed a little later.
const LOOK_MS = 1_000;

/**
 * Resolves with the name of the first signal that asks us to end. A second one means "now":
 * `onSecond` is called and the process exits.
 */
export function endRequested({ onSecond = () => {} } = {}) {
  return new Promise((resolve) => {
    let asked = false;
    const ask = (name) => {
      asked = true;
      resolve(name);
    };
    for (const name of SIGNALS) {
      process.on(name, () => {
        if (asked) {
          onSecond();
          process.exit(1);
        }
        ask(name);
      });
    }
    whenNpmIsGone(() => ask('SIGTERM'));
  });
}

// npm passes a signal on to its shell, which ends without passing it on to us; a killed npm passes nothing on. Who
// was started by another program decides themselves how to outlive it: `nohup` does not end with its terminal.
function whenNpmIsGone(gone, environment = process.env) {
  if (!environment.npm_lifecycle_event) return;
  const starters = [process.ppid, parentOf(process.ppid)].filter((pid) => pid !== null && pid > 1);
  const watched = starters.map((pid) => ({ pid, identity: processIdentity(pid) }));
  const timer = setInterval(() => {
    if (watched.every(stillRuns)) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS);
  timer.unref();
}
