// `npm start`: from a fresh clone to a page that answers, on one machine. Begins on Node 20 with
// nothing installed, so whatever needs an npm package is imported when the packages are there.

import path from 'node:path';
import { buildClient, buildFunctions, buildWorker, buildXtask } from '../build/cargo.mjs';
import { checkTools, installPackages, installWasmTarget } from '../build/toolchain.mjs';
import { commandLine } from '../processes/programs.mjs';
import { endRequested } from '../processes/signals.mjs';
import { startFunctions, startWorker, WORKER, workerKeeper } from '../serving/services.mjs';
import { layoutFromEnvironment, makeRunFolder } from '../settings/layout.mjs';
import { portsFromEnvironment, SERVICES } from '../settings/ports.mjs';
import { Progress } from './progress.mjs';
import { readStartFlags, USAGE } from './start-flags.mjs';

const AGAIN = 'Then run `npm start` again: it goes on where this one stopped.';
const ADVICE = {
  packages: `Look at the npm error above; most often the network was away. ${AGAIN}`,
  target: `rustup could not add the target; most often the network was away. ${AGAIN}`,
  build: `Look at the compiler's error above. ${AGAIN}`,
  run: `If a log above does not tell why, \`npm start -- --fresh\` begins with empty data.`,
};

await commandLine(async () => {
  const flags = readStartFlags(process.argv.slice(2));
  if (flags.help) console.log(USAGE);
  else process.exit(await start(flags));
});

/** Runs until somebody asks for the end or something fails; returns the exit status when all is stopped. */
async function start({ fresh, worker }) {
  const layout = layoutFromEnvironment();
  portsFromEnvironment();
  makeRunFolder(layout);

  const progress = new Progress();
  const stopping = new AbortController();
  const stopped = new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  let status = 0;
  let stack = null;
  const giveUp = () => {
    if (!stopping.signal.aborted) status = 1;
    stopping.abort();
  };
  void endRequested({ onSecond: () => stack?.processes.killAll() }).then(() => {
    progress.silence();
    stopping.abort();
  });

  try {
    const workerEnded = workerKeeper(() => stopping.signal.aborted || startWorker(stack));
    const onUnexpectedExit = ({ name, logFile }) => {
      if (stopping.signal.aborted) return;
      if (name === WORKER) {
        const pause = workerEnded();
        console.error(`the worker ended by itself (${logFile}); it starts again in ${pause / 1000} s`);
      } else {
        console.error(`${name} ended by itself, see ${logFile}`);
        giveUp();
      }
    };
    stack = await prepare({ layout, fresh, worker, progress, stopping, onUnexpectedExit });
    await progress.step('functions on workerd', () => startFunctions(stack, { watch: true }), ADVICE.run);
    if (worker) await progress.step('worker', () => startWorker(stack), ADVICE.run);
    console.log(welcome(stack.env.PUBLIC_BASE_URL, worker));
    await stopped;
  } catch {
    // Its step has said it.
    giveUp();
  }
  console.log('stopping');
  await stack?.stop();
  return status;
}

/** Installs, builds, and starts the backend meanwhile. Returns the backend's stack. */
async function prepare({ layout, fresh, worker, progress, stopping, onUnexpectedExit }) {
  const { signal } = stopping;
  const step = (name, work, advice) => {
    // Not with the other logs, which `--fresh` removes while a compiler may still be writing.
    const log = path.join(layout.runFolder, `${name.replaceAll(' ', '-')}.log`);
    return progress.step(name, () => work({ log, signal }), advice);
  };

  await step('tools', checkTools);
  const packages = step('npm packages', installPackages, ADVICE.packages);
  const backend = packages.then(() => startBackendOf({ fresh, progress, signal, onUnexpectedExit }));
  // One cargo at a time: each uses all cores, and a second would only wait for the first one's lock.
  const builds = (async () => {
    await step('wasm target', installWasmTarget, ADVICE.target);
    await step('build tool', buildXtask, ADVICE.build);
    await packages;
    await step('functions', buildFunctions, ADVICE.build);
    await step('browser client', buildClient, ADVICE.build);
    if (worker) await step('preview worker', buildWorker, ADVICE.build);
  })();

  for (const task of [backend, builds]) task.catch(() => stopping.abort());
  const [started, built] = await Promise.allSettled([backend, builds]);
  if (started.status === 'fulfilled' && built.status === 'fulfilled') return started.value;
  if (started.status === 'fulfilled') await started.value.stop();
  throw started.reason ?? built.reason;
}

async function startBackendOf({ fresh, progress, signal, onUnexpectedExit }) {
  const { startBackend } = await import('../backends/backend.mjs');
  try {
    return await startBackend({
      fresh,
      signal,
      checkPorts: Object.keys(SERVICES),
      onStep: (name, milliseconds) => progress.done(name, milliseconds),
      onNote: (text) => progress.note(text),
      onUnexpectedExit,
    });
  } catch (error) {
    progress.failed('backend', error);
    throw error;
  }
}

function welcome(url, worker) {
  // The commands below must speak of this stack, not of the default one.
  const stack = ['PORT', 'OURVIDZ_DIR']
    .filter((name) => process.env[name])
    .map((name) => `${name}=${process.env[name]} `);
  const lines = [
    `ready ${url}`,
    `  page    ${url} (sign in with any e-mail address and any password)`,
    `  token   ${stack.join('')}npm run --silent token -- --email ada@example.com`,
    `  all     ${stack.join('')}npm run --silent env`,
    '  end     Ctrl-C',
  ];
  if (!worker) lines.push('  There is no worker: jobs stay queued.');
  return lines.join('\n');
}
