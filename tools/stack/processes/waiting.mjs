// Waiting for something to become true, with a deadline.

const POLL_INTERVAL_MS = 25;

/**
 * Calls `check` until it returns something truthy and returns that. Fails with `explain()` when
 * the time is over; a `check` that throws ends the wait at once with its own error.
 */
export async function until(check, { timeoutMs = 20_000, explain = () => 'timed out' } = {}) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() >= deadline) throw new Error(explain());
    await sleep(POLL_INTERVAL_MS);
  }
}

/** Waits; with `unref` the wait alone does not keep the process alive. */
export function sleep(milliseconds, { unref = false } = {}) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    if (unref) timer.unref();
  });
}
