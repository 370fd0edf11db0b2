// Ending in order when somebody asks for it.

// Ctrl-C, a polite kill, and the terminal that is closed.
const SIGNALS = Object.freeze(['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Resolves with the name of the first signal that asks us to end. A second one means "now":
 * `onSecond` is called and the process exits.
 */
export function endRequested({ onSecond = () => {} } = {}) {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of SIGNALS) {
      process.on(name, () => {
        if (asked) {
          onSecond();
          process.exit(1);
        }
        asked = true;
        resolve(name);
      });
    }
  });
}
