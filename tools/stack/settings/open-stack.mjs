// The stack that a command line is about: the one of OURVIDZ_DIR, on the port on which it runs.

import { runningStack } from '../processes/lock.mjs';
import { readKeys } from './keys.mjs';
import { layoutFromEnvironment } from './layout.mjs';
import { portsFrom, portsFromEnvironment } from './ports.mjs';

/** `{ layout, keys, ports, isRunning }` of an existing stack; fails when there is none. */
export function openStack(environment = process.env) {
  const layout = layoutFromEnvironment(environment);
  const keys = readKeys(layout);
  if (!keys) {
    throw new Error(
      `There is no stack in ${layout.root}. Start one with \`npm start\`, or set OURVIDZ_DIR to the folder of another one.`,
    );
  }
  const running = runningStack(layout);
  if (!running) return { layout, keys, ports: portsFromEnvironment(environment), isRunning: false };
  if (environment.PORT && Number(environment.PORT) !== running.port) {
    throw new Error(`The stack in ${layout.root} runs with PORT=${running.port}, not ${environment.PORT}.`);
  }
  return { layout, keys, ports: portsFrom(running.port), isRunning: true };
}
