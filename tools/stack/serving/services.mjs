// The two processes in front of the backend: the functions and the GPU worker.

import path from 'node:path';
import { childEnvironment, modernNode } from '../build/toolchain.mjs';
import { workerKey } from '../settings/keys.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { accepts, HOST } from '../settings/ports.mjs';

export const FUNCTIONS = 'functions';
export const WORKER = 'worker';
/** The name under which the stack's own worker is enrolled. */
export const LOCAL_WORKER = 'local-preview';

export const WORKER_BINARY = path.join(REPOSITORY_ROOT, 'target', 'debug', 'ourvidz-worker');
// A worker that dies at once must not fill the log; one that ran for a while deserves a quick restart.
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const RAN_WELL_MS = 60_000;

/**
 * Starts the dev server for a backend and resolves when it answers. `watch` lets it pick up rebuilds;
 * a test wants the functions to stay what they are.
 */
export async function startFunctions({ processes, layout, ports }, { watch = false } = {}) {
  const script = path.join(REPOSITORY_ROOT, 'tools', 'stack', 'serving', 'dev-server.mjs');
  const env = childEnvironment({ PORT: String(ports.web), OURVIDZ_DIR: layout.root });
  processes.start(FUNCTIONS, modernNode(), [script, ...(watch ? ['--watch'] : [])], { env });
  await processes.waitUntilReady(FUNCTIONS, () => accepts(ports.control), {
    advice: 'If a build was interrupted, `npm run build:fast` makes it anew.',
  });
}

/** Starts one GPU worker with the preview engine, which draws instead of computing. */
export function startWorker({ processes, layout, ports, env }) {
  processes.start(WORKER, WORKER_BINARY, ['run'], {
    env: {
      ...process.env,
      OURVIDZ_EDGE_URL: env.PUBLIC_BASE_URL,
      REDIS_URL: env.REDIS_URL,
      WORKER_ID: LOCAL_WORKER,
      WORKER_KEY: workerKey(env.WORKER_CALLBACK_SECRET, LOCAL_WORKER),
      WORKER_QUEUES: 'sdxl_queue,wan_queue',
      OURVIDZ_ENGINE: 'preview',
      WORKER_SPOOL: path.join(layout.root, 'spool'),
      WORKER_METRICS: `${HOST}:${ports.workerMetrics}`,
    },
  });
}

/**
 * Restarts the worker when it ends by itself, each time after a longer pause. Give it every
 * unexpected exit of the worker; `restart` starts it.
 */
export function workerKeeper(restart, { now = () => performance.now(), later = setTimeout } = {}) {
  let pause = FIRST_PAUSE_MS;
  let started = now();
  return function ended() {
    if (now() - started >= RAN_WELL_MS) pause = FIRST_PAUSE_MS;
    const waited = pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    later(() => {
      started = now();
      restart();
    }, waited);
    return waited;
  };
}
