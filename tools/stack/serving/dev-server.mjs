// All functions of wrangler.toml, the page and the object storage on one port, by Miniflare. Runs as
// a process of its own, for the stack of this PORT and OURVIDZ_DIR: `node tools/stack/serving/dev-server.mjs
// [--watch]`. Cron triggers fire as they do on Cloudflare; with --watch, a rebuild is picked up.

import fs from 'node:fs';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { storageWorker } from '../backends/storage/local.mjs';
import { miniflareWorkers, readFunctions } from '../build/functions.mjs';
import { assemblePage, PAGE_SOURCE } from '../build/page.mjs';
import { commandLine } from '../processes/programs.mjs';
import { stackEnvironment } from '../settings/environment.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { openStack } from '../settings/open-stack.mjs';
import { HOST } from '../settings/ports.mjs';
import { startControl, startCron } from './cron.mjs';

const BUILD_FOLDER = path.join(REPOSITORY_ROOT, 'build');
// A build writes several files one after the other; one reload for all of them is enough.
const CHANGES_SETTLE_MS = 200;
// What operators and scripts use but no function may see: the functions must work without it.
const NOT_FOR_FUNCTIONS = ['SUPABASE_SERVICE_ROLE_KEY', 'DATABASE_URL', 'REDIS_URL'];

await commandLine(serve);

async function serve() {
  const { layout, keys, ports } = openStack();
  const environment = stackEnvironment(keys, ports);
  const functions = readFunctions();
  assertBuilt(functions);
  const page = path.join(layout.root, 'page');
  const options = () => {
    assemblePage(page, environment);
    return miniflareOptions({ functions, page, layout, ports, environment });
  };
  const miniflare = new Miniflare(options());
  await miniflare.ready;

  const fire = async (name, cron, scheduledTime) => {
    const worker = await miniflare.getWorker(functions.find((each) => each.name === name).worker);
    return worker.scheduled({ cron, scheduledTime });
  };
  startCron(functions, (name, cron, time) =>
    fire(name, cron, time).catch((error) => console.error(`cron of ${name}: ${error?.message ?? error}`)),
  );
  if (process.argv.includes('--watch')) {
    watchFolders([BUILD_FOLDER, PAGE_SOURCE], async () => {
      try {
        await miniflare.setOptions(options());
        console.log('reloaded after a change');
      } catch (error) {
        console.error(`what has changed does not load: ${error?.message ?? error}`);
      }
    });
  }
  // Last, because whoever starts us takes the open control port as "ready".
  await startControl(ports.control, functions, fire);
}

function miniflareOptions({ functions, page, layout, ports, environment }) {
  const bindings = { ...environment };
  for (const name of NOT_FOR_FUNCTIONS) delete bindings[name];
  return convertV4MiniflareOptions({
    host: HOST,
    port: ports.web,
    // Else Miniflare asks a server on the internet for the contents of request.cf, which nothing reads.
    cf: false,
    logRequests: false,
    log: new Log(LogLevel.WARN),
    handleStructuredLogs: ({ level, message }) => console.log(level === 'log' ? message : `${level}: ${message}`),
    resourcePersistencePath: layout.storageFolder,
    workers: [...miniflareWorkers(functions, { bindings, page }), storageWorker(environment)],
  });
}

function assertBuilt(functions) {
  const missing = functions.filter(({ main }) => !fs.existsSync(main)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`Not built yet: ${missing.join(', ')}. Run \`npm run build:fast\`.`);
}

function watchFolders(folders, onChange) {
  let timer;
  for (const folder of folders) {
    fs.watch(folder, { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(onChange, CHANGES_SETTLE_MS);
    });
  }
}
