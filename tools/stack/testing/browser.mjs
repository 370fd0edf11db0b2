// Chromium and its driver for the browser tests: those of the machine, else by apt, else a clear no.

import { answers, childEnvironment } from '../build/toolchain.mjs';
import { run } from '../processes/run.mjs';

const PACKAGES = ['chromium', 'chromium-driver'];
// Chromium without its window, which takes two thirds of the processor time for the same tests; not every distribution
// has it.
const WINDOWLESS = 'chromium-headless-shell';

/** Fails, saying what to do, when there is no Chromium with a driver and none can be installed. */
export async function installBrowser() {
  if (browserIsThere()) return;
  if (!answers('apt-get', '--version')) {
    throw new Error('Please install Chromium (or Chrome) and chromedriver, or set CHROMEDRIVER to the driver.');
  }
  const prefix = aptPrefix();
  const env = childEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
  await run(...aptCall(prefix, ['update']), { env });
  const packages = answers('apt-cache', 'show', WINDOWLESS) ? [...PACKAGES, WINDOWLESS] : PACKAGES;
  await run(...aptCall(prefix, ['install', '-y', '--no-install-recommends', ...packages]), { env });
  if (!browserIsThere()) throw new Error('apt-get installed Chromium, but chromedriver is still not on the PATH.');
}

/** The driver that the test runner has to start. */
export function chromedriver() {
  return process.env.CHROMEDRIVER || 'chromedriver';
}

function browserIsThere() {
  return answers(chromedriver(), '--version');
}

// Without root only a sudo that asks nothing is allowed: a test run must not wait for a password.
function aptPrefix() {
  if (process.getuid?.() === 0) return [];
  if (answers('sudo', '-n', 'true')) return ['sudo', '-n'];
  throw new Error('Please install the browser and run again: `sudo apt-get install chromium chromium-driver`.');
}

function aptCall(prefix, args) {
  const [command, ...rest] = [...prefix, 'apt-get', ...args];
  return [command, rest];
}
