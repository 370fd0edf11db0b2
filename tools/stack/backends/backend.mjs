// The local backend: Postgres, PostgREST, Redis, the Upstash-compatible endpoint, and the
// Supabase-like gateway, with the migrations applied. Its command line is commands/backend.mjs.

import { fileURLToPath } from 'node:url';
import { lockStack, unlockStack } from '../processes/lock.mjs';
import { Processes, startGuardian, stopLeftovers } from '../processes/processes.mjs';
import { DATABASE_NAME, stackEnvironment } from '../settings/environment.mjs';
import { loadOrCreateKeys } from '../settings/keys.mjs';
import { layoutFromEnvironment, makeDataFolders, makeRunFolder, removeData } from '../settings/layout.mjs';
import { assertPortsFree, HOST, portsFromEnvironment } from '../settings/ports.mjs';
import { startGateway } from './gateway/server.mjs';
import { migrate } from './postgres/migrations.mjs';
import { Postgres } from './postgres/server.mjs';
import { startPostgrest } from './postgrest.mjs';
import { startRedis } from './redis/server.mjs';
import { S3 } from './storage/s3.mjs';
import { startUpstashRest } from './upstash/server.mjs';

const BASE_SQL_FILE = fileURLToPath(new URL('postgres/supabase-base.sql', import.meta.url));
const BACKEND_PORTS = Object.freeze(['gateway', 'postgres', 'postgrest', 'postgrestAdmin', 'redis', 'upstash']);

/**
 * Starts everything and resolves when PostgREST has seen the migrated schema.
 *
 * - `fresh`: begin with empty data.
 * - `checkPorts`: the names of the ports that must be free (default: the backend's own).
 * - `signal`: an AbortSignal; when it fires between two steps, what has started is stopped again.
 * - `onStep(name, milliseconds)`: a step is done.
 * - `onNote(text)`: something that a person should know.
 * - `onUnexpectedExit({ name, code, signal, logFile })`: a service ended by itself.
 *
 * Returns the stack: `env` (all variables), `ports`, `layout`, `keys`, `processes` (for further
 * processes of the same stack, stopped before the backend), `services` (to stop and start one of
 * them in a test), and `stop()`.
 */
export async function startBackend({
  environment = process.env,
  fresh = false,
  checkPorts = BACKEND_PORTS,
  signal = undefined,
  onStep = () => {},
  onNote = () => {},
  onUnexpectedExit = () => {},
} = {}) {
  const layout = layoutFromEnvironment(environment);
  const ports = portsFromEnvironment(environment);
  const step = steps(onStep, signal);

  makeRunFolder(layout);
  lockStack(layout, ports);
  const guardian = startGuardian(layout);
  const processes = new Processes(layout, { onUnexpectedExit });
  const services = new Map();
  // For an end that nobody planned (an exception, process.exit): whoever can still be told is told.
  const atExit = () => processes.askAllToEnd();
  process.once('exit', atExit);
  const stop = once(async () => {
    await processes.stopAllExcept([...services.keys()]);
    for (const service of [...services.values()].reverse()) await service.stop();
    process.off('exit', atExit);
    unlockStack(layout);
    guardian.kill('SIGKILL');
  });

  try {
    await step('clean up', async () => {
      const leftovers = await stopLeftovers(layout);
      if (leftovers.length > 0) onNote(`stopped what an earlier start had left running: ${leftovers.join(', ')}`);
      if (fresh) removeData(layout);
      // The keys come first: they mark the folder as a stack's, whatever fails after them.
      loadOrCreateKeys(layout);
      makeDataFolders(layout);
      await assertPortsFree(ports, checkPorts);
    });
    const keys = loadOrCreateKeys(layout);
    const context = { layout, ports, keys, processes, onNote };
    const postgres = new Postgres(context);
    for (const [name, service] of Object.entries(makeServices(context, postgres))) {
      services.set(name, service);
      await step(name, service.start);
      if (name === 'postgres') await step('migrations', () => prepareDatabase(postgres, layout));
    }
    return {
      env: stackEnvironment(keys, ports, environment),
      ports,
      layout,
      keys,
      processes,
      services: Object.fromEntries(services),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

// In the order of their dependence. PostgREST comes after the migrations, so it reads the final schema.
function makeServices({ layout, ports, keys, processes, onNote }, postgres) {
  const child = (name, start) => ({ start, stop: () => processes.stop(name) });
  return {
    postgres: child('postgres', () => postgres.start()),
    postgrest: child('postgrest', () => startPostgrest({ keys, ports, processes })),
    redis: child('redis', () => startRedis({ layout, ports, processes, onNote })),
    upstash: server(() =>
      startUpstashRest({
        port: ports.upstash,
        redisUrl: `redis://${HOST}:${ports.redis}`,
        token: keys.upstashToken,
        readOnlyToken: keys.upstashReadOnlyToken,
      }),
    ),
    gateway: server(() =>
      startGateway({
        port: ports.gateway,
        postgrestPort: ports.postgrest,
        functionsPort: ports.web,
        keys,
        databases: databasesOfGateway(keys, ports),
        objects: new S3(stackEnvironment(keys, ports, {})),
      }),
    ),
  };
}

/** How the gateway reaches the database: auth.users, what is the owner's, and in the name of whoever asks. */
export function databasesOfGateway({ databasePasswords }, ports) {
  const as = (user, password) => ({ host: HOST, port: ports.postgres, user, password, database: DATABASE_NAME });
  return {
    auth: authDatabase({ databasePasswords }, ports),
    owner: as('postgres', databasePasswords.postgres),
    callers: as('authenticator', databasePasswords.authenticator),
  };
}

/** How auth.users is reached. */
export function authDatabase(keys, ports) {
  return {
    host: HOST,
    port: ports.postgres,
    user: 'supabase_auth_admin',
    password: keys.databasePasswords.authAdmin,
    database: DATABASE_NAME,
  };
}

async function prepareDatabase(postgres, layout) {
  await postgres.prepare(BASE_SQL_FILE);
  await postgres.withConnection({ role: 'postgres' }, (client) => migrate(client, layout.migrationsFolder));
}

// A service inside this process: `start` makes it, `stop` closes it.
function server(make) {
  let running = null;
  return {
    async start() {
      running = await make();
    },
    async stop() {
      await running?.close();
      running = null;
    },
  };
}

function steps(onStep, signal) {
  return async (name, work) => {
    if (signal?.aborted) throw new Error(`Stopped before: ${name}`);
    const begin = performance.now();
    await work();
    onStep(name, Math.round(performance.now() - begin));
  };
}

function once(work) {
  let result;
  return () => (result ??= work());
}
