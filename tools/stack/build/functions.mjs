// What wrangler.toml says about the edge functions, for the dev server, `npm run deploy` and the tests.

import path from 'node:path';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf, unstable_readConfig as readConfig } from 'wrangler';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { secretsOf, settingsFor } from './secrets.mjs';

const CONFIG_FILE = path.join(REPOSITORY_ROOT, 'wrangler.toml');
// What a custom domain takes: all that no other function's route names.
const EVERYTHING_ELSE = '/*';

/**
 * Every function: `{ name, worker, main, flags, routes, crons, vars, services, secrets }`. `routes` are paths:
 * a trailing `*` is the only wildcard, and `/*` is what a custom domain takes. `services` are the
 * names of the functions that this one calls.
 */
export function readFunctions() {
  const names = readConfig({ config: CONFIG_FILE }).definedEnvironments;
  const functions = names.map((name) => describe(name, readConfig({ config: CONFIG_FILE, env: name })));
  const nameOfWorker = new Map(functions.map(({ name, worker }) => [worker, name]));
  return functions.map((each) => ({ ...each, services: each.services.map((worker) => nameOfWorker.get(worker)) }));
}

/** The functions in an order in which each comes after those that it calls. */
export function calledFirst(functions) {
  const ordered = new Set();
  const visit = (each) => {
    for (const name of each.services) visit(functions.find((other) => other.name === name));
    ordered.add(each);
  };
  functions.forEach(visit);
  return [...ordered];
}

/**
 * How Miniflare runs the functions, with `bindings` over the defaults of wrangler.toml, of which each
 * gets its own secrets alone, and with the static files of `page`. The first worker gets what no route takes, and only there Miniflare looks
 * for a static file before it calls the code, as Cloudflare does.
 */
export function miniflareWorkers(functions, { bindings, page }) {
  const takesEverythingElse = ({ routes }) => routes.includes(EVERYTHING_ELSE);
  const first = functions.find(takesEverythingElse);
  if (!first) throw new Error('wrangler.toml: one function has to have a custom domain.');
  return [first, ...functions.filter((each) => each !== first)].map((each) =>
    miniflareWorker(each, { bindings: settingsFor(each, functions, bindings), page }),
  );
}

function miniflareWorker({ name, worker, main, routes, assets }, { bindings, page }) {
  const overrides = assets === undefined ? {} : { assets: { directory: page } };
  const { workerOptions } = miniflareOptionsOf(CONFIG_FILE, name, { overrides });
  const folder = path.dirname(main);
  return {
    ...workerOptions,
    name: worker,
    // Without it, calls to other servers would carry the placeholder host in a header.
    zone: undefined,
    routes: routes.filter((route) => route !== EVERYTHING_ELSE).map((route) => `*${route}`),
    bindings: { ...workerOptions.bindings, ...bindings },
    modulesRoot: folder,
    modules: [
      { type: 'ESModule', path: main },
      { type: 'CompiledWasm', path: path.join(folder, 'index_bg.wasm') },
    ],
  };
}

function describe(name, config) {
  return {
    name,
    worker: config.name,
    main: config.main,
    flags: config.compatibility_flags,
    routes: (config.routes ?? []).map(pathOf),
    crons: config.triggers.crons ?? [],
    vars: config.vars,
    services: (config.services ?? []).map(({ service }) => service),
    assets: config.assets?.directory,
    secrets: secretsOf(name),
  };
}

function pathOf(route) {
  if (typeof route === 'object' && route.custom_domain) return EVERYTHING_ELSE;
  const pattern = typeof route === 'object' ? route.pattern : route;
  return pattern.slice(pattern.indexOf('/'));
}
